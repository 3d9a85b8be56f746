import pytest


def test_size_and_store(evaluate):
    """70e9 parameters in 2 + 12 + 4 bytes: 1.26 TB; ten of them beside 5 TB of data."""
    size = {"parameters": 70e9, "element_bytes": 2, "optimizer_bytes": 12}
    assert evaluate("checkpoint_bytes", **size) == pytest.approx(1.26)
    assert evaluate("stored_data", **size, checkpoints_kept=10, stored_datasets=5) == pytest.approx(17.6)
    assert evaluate("stored_data", **size) == 0


def test_writing(evaluate):
    """100 x 1.26 TB at 100 GB/s: 1,260 s of 1,000 devices of 700 W are 245 kWh."""
    given = {"checkpoint_bytes": 1.26, "checkpoints_written": 100, "checkpoint_bandwidth": 1e11}
    assert evaluate("checkpoint_write_energy", **given, devices=1000, device_power=700) == pytest.approx(245)
