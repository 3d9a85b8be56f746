"""Catalog files of users: added, overriding, checked cell by cell."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonsweep.catalogs import FILES, SCHEMAS, load
from carbonsweep.catalogs.files import LONGEST_CELL, parse_rows
from carbonsweep.foundation.errors import CatalogError


def test_rows_are_added_after_the_built_in_ones(user_file) -> None:
    catalog = load("regions", user_file("regions", "id,ci_g_per_kwh,pue\nmy/site,12.5,1.05\n"))
    row = catalog.rows[-1]
    assert len(catalog.rows) == len(load("regions").rows) + 1
    assert catalog.get("my/site") is row
    assert (row.inputs["listed_intensity"], row.inputs["pue"]) == (12.5, 1.05)
    assert (row.source, row.licence, row.line) == ("user file my_regions.csv", "", 2)
    assert row.values["is_default"] is True


def test_a_row_replaces_the_whole_row_of_its_id_in_place(user_file) -> None:
    built_in = load("accelerators")
    catalog = load("accelerators", user_file("accelerators", "id,tdp_w,source\nh100-sxm5,650,our meter\n"))
    assert catalog.ids == built_in.ids
    row = catalog.get("H100")
    assert (row.values["tdp_w"], row.values["mem_gb"], row.source) == (650, None, "our meter")
    assert built_in.get("H100").values["tdp_w"] == 700


def test_later_files_come_first(user_file, tmp_path) -> None:
    one = user_file("models", "id,n_layers\nmine,10\n")
    two = tmp_path / "other.csv"
    two.write_text("id,n_layers\nmine,20\n")
    assert load("models", [one, two]).get("mine").values["n_layers"] == 20
    assert load("models", [str(two), str(one)]).get("mine").values["n_layers"] == 10
    assert load("models", one).get("mine").file == str(one)


def test_a_law_of_one_s_own_replaces_the_built_in_one(user_file) -> None:
    form = '"L(N,D) = E + A/N^alpha + B/D^beta"'
    constants = {"E": 1.5, "A": 300, "B": 200, "alpha": 0.3, "beta": 0.25}
    rows = "".join(f"besiroglu-2024,{form},{symbol},{value}\n" for symbol, value in constants.items())
    law = load("scaling_laws", user_file("scaling_laws", "law_id,form,symbol,value\n" + rows)).get("besiroglu")
    assert list(law.inputs.values()) == [1.5, 300, 200, 0.3, 0.25]


def test_loaded_once_until_a_file_changes(user_file) -> None:
    path = user_file("models", "id,n_layers\nmine,10\n")
    first = load("models", path)
    assert load("models", [path]) is first
    assert load("models") is load("models")
    path.write_text("id,n_layers\nmine,11\n")
    os.utime(path, ns=(1, 1))
    second = load("models", path)
    assert second.get("mine").values["n_layers"] == 11
    assert second.content_hash != first.content_hash


def test_the_same_relative_path_elsewhere_is_another_file(tmp_path, monkeypatch) -> None:
    for folder, layers in (("a", 10), ("b", 11)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.csv").write_text(f"id,n_layers\nmine,{layers}\n")
        os.utime(tmp_path / folder / "m.csv", ns=(1, 1))
        monkeypatch.chdir(tmp_path / folder)
        assert load("models", "m.csv").get("mine").values["n_layers"] == layers


def test_content_hash(user_file) -> None:
    hashes = {load(name).content_hash for name in FILES}
    assert len(hashes) == len(FILES)
    assert all(len(one) == 64 and set(one) <= set("0123456789abcdef") for one in hashes)
    mine = load("models", user_file("models", "id\nmine\n")).content_hash
    assert mine not in hashes


def test_a_byte_order_mark_blank_lines_and_line_ends_do_no_harm(user_file) -> None:
    content = '\ufeffid, note ,n_layers\r\n\r\nmine,"two\r\nlines",10\r\n,,\r\nyours,x,11\r\n'
    catalog = load("models", user_file("models", content))
    assert catalog.get("mine").values["note"] == "two\r\nlines"
    assert (catalog.get("mine").line, catalog.get("yours").line) == (3, 6)


def test_files_as_spreadsheets_write_them(user_file) -> None:
    """Semicolons or tabs, marks of thousands, `yes`: what they can only mean."""
    for mark in (";", "\t"):
        assert load("models", user_file("models", f"id{mark}n_layers\nx{mark}32\n")).get("x").values["n_layers"] == 32
    content = 'id,n_layers,vocab_size,tied_embeddings\nx,32.0,"128,256",yes\n'
    row = load("models", user_file("models", content)).get("x").values
    assert (row["n_layers"], row["vocab_size"], row["tied_embeddings"]) == (32, 128_256, True)


def test_other_names_of_columns_are_converted(user_file) -> None:
    """The names of Hugging Face and of the inputs, each in its own unit."""
    content = "id,num_hidden_layers,hidden_size,num_local_experts,num_experts_per_tok,moe_intermediate_size,ffn_gated\n"
    row = load("models", user_file("models", content + "x,4,64,8,2,32,True\n")).get("x").values
    assert [row[name] for name in ("n_layers", "d_model", "n_experts", "top_k", "d_ff_expert")] == [4, 64, 8, 2, 32]
    row = load("regions", user_file("regions", "id,ci_kg_per_kwh\nx,0.035\n")).get("x")
    assert row.inputs["listed_intensity"] == pytest.approx(35)
    content = "id,memory_bandwidth,thermal_design_power\nx,3.35e12,700\n"
    row = load("accelerators", user_file("accelerators", content)).get("x")
    assert row.values["mem_bw_gbs"] == pytest.approx(3350)
    assert (row.inputs["memory_bandwidth"], row.values["tdp_w"]) == (pytest.approx(3.35e12), 700)


def test_data_frames_are_typed_and_keep_na(user_file) -> None:
    import pandas as pd

    frame = load("regions", user_file("regions", "id,name,grid_zone\nwindhoek,Windhoek,NA\n")).to_pandas()
    assert frame.index.name == "id"
    assert frame.loc["windhoek", "grid_zone"] == "NA"
    assert pd.isna(frame.loc["windhoek", "pue"])
    types = {"ci_g_per_kwh": "float64", "year": "Int64", "is_default": "boolean", "name": "string"}
    assert {column: str(frame[column].dtype) for column in types} == types
    for name in FILES:
        assert len(load(name).to_pandas()) == len(load(name).rows)


FAULTS = [
    ("accelerators", "", "line 1: the file is empty; its first line must name the columns"),
    ("accelerators", "\n \n", "line 1: the file is empty"),
    ("accelerators", "id\n", "line 2: no rows below the column names"),
    ("accelerators", "name\nx\n", "line 1: missing column 'id'; add it"),
    ("embodied", "id,category,value\nx,y,1\n", "line 1: missing column 'unit'; add it"),
    ("accelerators", "id,tpd_w\nx,1\n", "line 1: unknown column 'tpd_w'; did you mean 'tdp_w'"),
    ("accelerators", "id,zzzzz\nx,1\n", "line 1: unknown column 'zzzzz'; remove it"),
    ("accelerators", "id,id\nx,1\n", "line 1: column 'id' is there twice; remove one"),
    ("accelerators", "id,tdp_w\n,1\n", "line 2: column 'id': the cell is blank; it needs a value"),
    ("accelerators", "id,tdp_w\nx,1\ny\n", "line 3: 1 cells, 2 columns: column 'tdp_w' is missing"),
    ("accelerators", "id,note\nx,a,b\n", "line 2: 3 cells, 2 columns; put text with commas in double quotes"),
    ("accelerators", "id,tdp_w\nx,1\ny,2\nx,3\n", "line 4: column 'id': 'x' is there already (line 2); remove one"),
    ("accelerators", "id,tdp_w\nx,hot\n", "line 2: column 'tdp_w': 'hot' is not a number (W); leave"),
    ("accelerators", "id,tdp_w\nx,nan\n", "line 2: column 'tdp_w': 'nan' is not a finite number"),
    ("accelerators", "id,tdp_w\nx,inf\n", "line 2: column 'tdp_w': 'inf' is not a finite number"),
    ("accelerators", "id,tdp_w\nx,1e999\n", "line 2: column 'tdp_w': '1e999' is not a finite number"),
    ("accelerators", "id,tdp_w\nx,1_000\n", "line 2: column 'tdp_w': '1_000' is not a number"),
    ("accelerators", 'id,tdp_w\nx,"1,00"\n', "line 2: column 'tdp_w': '1,00' is not a number (W); write the decimal"),
    ("accelerators", "id;tdp_w\nx;1,000\n", "line 2: column 'tdp_w': '1,000' is not a number (W); write the decimal"),
    ("accelerators", "id,tdp_w\nx,0\n", "line 2: column 'tdp_w': 0 must be above zero; leave an unknown cell blank"),
    ("accelerators", "id,tdp_w\nx,-3\n", "line 2: column 'tdp_w': -3 must be above zero"),
    ("accelerators", "id,confidence\nx,hihg\n", "line 2: column 'confidence': 'hihg' is not allowed; did you mean"),
    ("accelerators", "id,devices_per_node\nx,2.5\n", "line 2: column 'devices_per_node': 2.5 is not a whole number"),
    ("models", "id,vocab_size\nx,1e30\n", "line 2: column 'vocab_size': 1e30 is not a whole number up to 2^53"),
    ("models", "id,ffn_gated\nx,maybe\n", "line 2: column 'ffn_gated': 'maybe' is not True or False"),
    ("models", "id,is_moe\nx,True\n", "line 1: unknown column 'is_moe'; n_experts, top_k, n_moe_layers and"),
    ("models", "id,moe_layer_fraction\nx,1.0\n", "line 1: unknown column 'moe_layer_fraction'; give n_moe_layers"),
    ("models", "id,max_position_embeddings\nx,9\n", "line 1: unknown column 'max_position_embeddings'; give seq_len"),
    ("models", "id,n_layers,num_hidden_layers\nx,9,9\n", "line 1: column 'n_layers' is there twice ('num_hidden_la"),
    ("models", "id,index_layer_fraction\nx,1.5\n", "line 2: column 'index_layer_fraction': 1.5 is out of range"),
    ("regions", "id,pue\nx,0.9\n", "line 2: column 'pue': 0.9 is out of range; it must be at least 1"),
    ("regions", "id,ci_g_per_kwh\nx,-1\n", "line 2: column 'ci_g_per_kwh': -1 is out of range; it must be at least 0"),
    ("regions", b"id,name\nx,a\ny,Z\xfcrich\n", "line 3: not UTF-8 text; save the file as UTF-8"),
    ("regions", "id,name\nx,a\x1b[31m\n", "line 2: control character '\\x1b'; remove it"),
    ("regions", b"id,name\nx,\x00\n", "line 2: control character '\\x00'; remove it"),
    ("regions", 'id,name\nx,"open\n', "line 2: not valid CSV: unexpected end of data"),
    ("regions", 'id,name\nx,"a"b\n', "line 2: not valid CSV: "),
    ("regions", f"id,name\nx,{'a' * (LONGEST_CELL + 1)}\n", "line 2: column 'name': 10,001 characters; the limit is"),
    ("regions", f"id,name\nx,{'a' * 200_000}\n", "line 2: not valid CSV: field larger than field limit"),
    ("regions", f"id,pue\nx,{'a' * 5_000}\n", "line 2: column 'pue': 'aaaa"),
]


@pytest.mark.parametrize(("name", "content", "says"), FAULTS, ids=[says[:60] for *_, says in FAULTS])
def test_faults_are_named_by_file_line_and_column(user_file, name: str, content: str | bytes, says: str) -> None:
    path = user_file(name, content)
    with pytest.raises(CatalogError) as error:
        load(name, path)
    message = str(error.value)
    assert message.startswith(f"{path}: {says}")
    assert "\n" not in message
    assert len(message) < len(str(path)) + 250


def test_files_that_cannot_be_read(tmp_path) -> None:
    with pytest.raises(CatalogError, match=r"none\.csv: cannot read the catalog: No such file"):
        load("models", tmp_path / "none.csv")
    with pytest.raises(CatalogError, match="cannot read the catalog: Is a directory"):
        load("models", tmp_path)
    with pytest.raises(CatalogError, match="not an ordinary file"):
        load("models", "/dev/zero")
    with pytest.raises(CatalogError, match="cannot read the catalog"):
        load("models", "a\0b")


def test_cells_are_never_executed(user_file) -> None:
    for cell in ("=1+1", "__import__('os')", "{0.__class__}", "%s", "$(id)"):
        assert load("models", user_file("models", f'id,note\nx,"{cell}"\n')).get("x").values["note"] == cell


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_content_gives_rows_or_a_catalog_error(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    for columns in SCHEMAS.values():
        head = ",".join(list(columns)[:3]).encode() + b"\n" if len(content) % 2 else b""
        try:
            rows = parse_rows(head + content, path, columns)
        except CatalogError as error:
            message = str(error)
        else:
            message = f"{path}: line {rows[0][0]}"
        assert message.startswith(f"{path}: line ")


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_numbers_round_trip(tmp_path_factory, value: float) -> None:
    path = tmp_path_factory.getbasetemp() / "number.csv"
    ((_, row),) = parse_rows(f"id,tdp_w\nx,{value!r}\n".encode(), path, SCHEMAS["accelerators"])
    assert row["tdp_w"] == value
