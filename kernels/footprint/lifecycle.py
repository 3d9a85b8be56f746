"""The whole life cycle: training, inference, experimentation, post-training, further stages and storage."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import kgCO2e, kWh

FOUR = "LLMCarbon Section 4: four processes, and what training is beside the final run"
PARTS = "training + inference + experimentation + post-training + storage + stages"


@equation(source=FOUR, formula=PARTS)
def lifecycle_hardware_energy(
    hardware_energy: kWh,
    inference_hardware_energy: kWh,
    experimentation_hardware_energy: kWh,
    post_training_hardware_energy: kWh,
    storage_hardware_energy: kWh,
    transfer_hardware_energy: kWh,
    stages_hardware_energy: kWh,
) -> kWh:
    """Energy that servers use over the life cycle.

    Inference takes as many tokens as training unless given; development, post-training, storage and further stages
    are none unless given.
    """
    return (
        hardware_energy
        + inference_hardware_energy
        + experimentation_hardware_energy
        + post_training_hardware_energy
        + storage_hardware_energy
        + transfer_hardware_energy
        + stages_hardware_energy
    )


@equation(source=FOUR, formula=PARTS)
def lifecycle_facility_energy(
    facility_energy: kWh,
    inference_facility_energy: kWh,
    experimentation_facility_energy: kWh,
    post_training_facility_energy: kWh,
    storage_facility_energy: kWh,
    stages_facility_energy: kWh,
) -> kWh:
    """Energy that the facility uses over the life cycle.

    Inference takes as many tokens as training unless given; development, post-training, storage and further stages
    are none unless given.
    """
    return (
        facility_energy
        + inference_facility_energy
        + experimentation_facility_energy
        + post_training_facility_energy
        + storage_facility_energy
        + stages_facility_energy
    )


@equation(source=FOUR, formula=PARTS)
def lifecycle_operational_carbon(
    operational_carbon: kgCO2e,
    inference_operational_carbon: kgCO2e,
    experimentation_operational_carbon: kgCO2e,
    post_training_operational_carbon: kgCO2e,
    storage_operational_carbon: kgCO2e,
    stages_operational_carbon: kgCO2e,
) -> kgCO2e:
    """Carbon of electricity over the life cycle.

    Inference takes as many tokens as training unless given; development, post-training, storage and further stages
    are none unless given.
    """
    return (
        operational_carbon
        + inference_operational_carbon
        + experimentation_operational_carbon
        + post_training_operational_carbon
        + storage_operational_carbon
        + stages_operational_carbon
    )


@equation(source=FOUR, formula=PARTS)
def lifecycle_embodied_carbon(
    embodied_carbon: kgCO2e,
    inference_embodied_carbon: kgCO2e,
    experimentation_embodied_carbon: kgCO2e,
    post_training_embodied_carbon: kgCO2e,
    storage_embodied_carbon: kgCO2e,
    stages_embodied_carbon: kgCO2e,
) -> kgCO2e:
    """Embodied carbon over the life cycle.

    Inference takes as many tokens as training unless given; development, post-training, storage and further stages
    are none unless given.
    """
    return (
        embodied_carbon
        + inference_embodied_carbon
        + experimentation_embodied_carbon
        + post_training_embodied_carbon
        + storage_embodied_carbon
        + stages_embodied_carbon
    )


@equation(source="LLMCarbon Eq. 13", formula="lifecycle_operational_carbon + lifecycle_embodied_carbon")
def lifecycle_total_carbon(lifecycle_operational_carbon: kgCO2e, lifecycle_embodied_carbon: kgCO2e) -> kgCO2e:
    """Operational and embodied carbon over the life cycle.

    Training, inference, experimentation, post-training, storage and further stages; end of life is left out.
    """
    return lifecycle_operational_carbon + lifecycle_embodied_carbon
