import pytest

TRAINING = {"devices": 1000, "training_days": 10, "device_power": 500, "pue": 1.2}


def test_rented_by_hand(evaluate):
    # 240,000 device-hours at 2 dollars; the price holds the electricity
    assert evaluate("total_cost", **TRAINING, device_hour_price=2, electricity_price=0.1) == 480_000


def test_owned_by_hand(evaluate):
    # 240,000 device-hours x 0.5 kW x 1.2 = 144,000 kWh; 1000 devices of 30,000 dollars for 10 of 1825 days
    given = {**TRAINING, "electricity_price": 0.1, "device_price": 30_000}
    hardware = 30e6 * 10 / 1825
    assert evaluate("electricity_cost", **given) == pytest.approx(14_400)
    assert evaluate("hardware_cost", **given) == pytest.approx(hardware)
    assert evaluate("total_cost", **given) == pytest.approx(14_400 + hardware)


def test_owned_costs_nothing_without_price_and_electricity(evaluate):
    assert evaluate("total_cost", **TRAINING, electricity_price=0, device_price=0) == 0


def test_inference(evaluate):
    serving = {"inference_devices": 100, "inference_days": 5, "inference_device_power": 500, "pue": 1.2}
    assert evaluate("inference_cost", **serving, device_hour_price=2) == 24_000
    owned = evaluate("inference_cost", **serving, electricity_price=0.1, device_price=30_000)
    assert owned == pytest.approx(12_000 * 0.5 * 1.2 * 0.1 + 3e6 * 5 / 1825)
    assert evaluate("lifecycle_electricity_cost", lifecycle_facility_energy=1e6, electricity_price=0.07) == 70_000
