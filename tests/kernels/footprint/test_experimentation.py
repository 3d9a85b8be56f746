from carbonsweep.kernels.footprint import experimentation


def test_is_half_of_training(evaluate):
    # Wu et al. 2022: experimentation : training = 10 : 20
    for name in (
        "device_hours",
        "hardware_energy",
        "facility_energy",
        "operational_carbon",
        "embodied_carbon",
    ):
        assert evaluate(f"experimentation_{name}", **{name: 20.0}) == 10.0
    assert experimentation.experimentation_total_carbon(3.0, 4.0) == 7.0
