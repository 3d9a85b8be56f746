"""Finding rows by what people call them."""

from collections import Counter

import pytest

from carbonsweep.catalogs import FILES, HERE, load
from carbonsweep.catalogs.files import parse_rows, read_bytes
from carbonsweep.catalogs.lookup import plain
from carbonsweep.catalogs.schema import ALIASES
from carbonsweep.foundation.errors import CatalogError


@pytest.mark.parametrize(
    ("catalog", "text", "found"),
    [
        ("accelerators", "h100-sxm5", "h100-sxm5"),
        ("accelerators", "H100", "h100-sxm5"),
        ("accelerators", "H100-SXM5-80GB", "h100-sxm5"),
        ("accelerators", "A100", "a100-sxm4-80gb"),
        ("accelerators", "A100-80GB", "a100-sxm4-80gb"),
        ("accelerators", "V100-32GB", "v100-sxm2-32gb"),
        ("accelerators", "H200", "h200-sxm"),
        ("accelerators", "B200", "b200"),
        ("accelerators", "MI300X", "mi300x"),
        ("accelerators", "TPUv3", "tpu-v3"),
        ("accelerators", "TPU v4", "tpu-v4"),
        ("models", "GPT-3", "gpt3-175b"),
        ("models", "GPT3", "gpt3-175b"),
        ("models", "gpt-3 1.3b", "gpt3-1.3b"),
        ("models", "OPT 13B", "opt-13b"),
        ("models", "OPT 1.3B", "opt-1.3b"),
        ("models", "Llama-3-70B", "llama-3-70b"),
        ("models", "Llama 3.1 405B", "llama-3.1-405b"),
        ("models", "T5", "t5-11b"),
        ("models", "GShard", "gshard-600b"),
        ("models", "Switch", "switch-c"),
        ("models", "XLM", "xlm-r-large"),
        ("models", "PaLM", "palm-540b"),
        ("models", "DeepSeek-V3", "deepseek-v3"),
        ("regions", "us-central1", "gcp/us-central1"),
        ("regions", "us-east-1", "aws/us-east-1"),
        ("regions", "eastus", "azure/eastus"),
        ("regions", "gcp/us-central1@2019", "gcp/us-central1@2019"),
        ("regions", "USA", "country/USA"),
        ("regions", "usa", "country/USA"),
        ("regions", "France", "country/FRA"),
        ("regions", "Finland", "country/FIN"),
        ("regions", "Europe", "area/europe"),
        ("regions", "sao paulo ", "country/BRA"),
        ("regions", "Georgia", None),
        ("scaling_laws", "Hoffmann", "hoffmann-2022-a3"),
        ("scaling_laws", "Chinchilla", "hoffmann-2022-a3"),
    ],
)
def test_usual_names(catalog: str, text: str, found: str | None) -> None:
    if found is None:
        with pytest.raises(CatalogError, match="could be several regions: .*; give one of these ids"):
            load(catalog).get(text)
    else:
        assert load(catalog).get(text).id == found


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_found_by_its_id_in_any_case(name: str) -> None:
    catalog = load(name)
    for row in catalog.rows:
        assert catalog.get(row.id) is row
        assert catalog.get(row.id.upper()) is row


def test_aliases_resolve_and_hide_no_row() -> None:
    path = HERE / "aliases.csv"
    rows = [values for _, values in parse_rows(read_bytes(path), path, ALIASES)]
    twice = Counter((values["catalog"], str(values["alias"]).lower()) for values in rows)
    assert set(twice.values()) == {1}
    for values in rows:
        catalog = load(str(values["catalog"]))
        assert values["id"] in catalog.ids
        found = catalog.find(str(values["alias"]))
        assert (found.row.id, found.devices) == (values["id"], values["devices"])
        assert plain(str(values["alias"])) not in {plain(id) for id in catalog.ids}


def test_cloud_and_country_codes_need_no_alias() -> None:
    regions = load("regions")
    for row in regions.rows:
        if row.values["is_default"] and row.values["kind"] in ("country", "cloud_region"):
            assert regions.get(str(row.values["code"])) is row


@pytest.mark.parametrize(
    ("catalog", "text", "says"),
    [
        ("accelerators", "h200-smx", "no row 'h200-smx' in catalog accelerators; did you mean 'h200-sxm'"),
        ("models", "gpt3-175", "no row 'gpt3-175' in catalog models; did you mean 'gpt3-175b'"),
        ("regions", "us-centrall1", "no row 'us-centrall1' in catalog regions; did you mean 'gcp/us-central1'"),
        ("regions", "CAISSO", "no row 'CAISSO' in catalog regions; did you mean 'us-ba/CAISO'"),
        ("regions", "hydro", "no row 'hydro' in catalog regions; see `carbonsweep catalog regions`"),
        ("regions", "QX", "no row 'QX' in catalog regions; see"),
        ("accelerators", "H300", "no row 'H300' in catalog accelerators; see"),
        ("models", "???", "no row '???' in catalog models; see `carbonsweep catalog models`"),
        ("models", "x" * 10_000, "no row 'xxx"),
        ("regions", "", "no row '' in catalog regions"),
        ("regions", "fleet", "no row 'fleet' in catalog regions"),
    ],
)
def test_unknown_names_get_the_nearest(catalog: str, text: str, says: str) -> None:
    with pytest.raises(CatalogError) as error:
        load(catalog).get(text)
    assert str(error.value).startswith(says)
    assert len(str(error.value)) < 300


def test_unknown_catalog() -> None:
    with pytest.raises(CatalogError, match="no catalog 'acelerators'; did you mean 'accelerators'"):
        load("acelerators")


def test_a_user_s_row_comes_before_an_alias(user_file) -> None:
    path = user_file("accelerators", "id,tdp_w\nh100,650\n")
    assert load("accelerators", path).get("H100").values["tdp_w"] == 650
    assert load("accelerators").get("H100").values["tdp_w"] == 700
