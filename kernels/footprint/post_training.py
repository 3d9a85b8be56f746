"""Reinforcement learning and synthetic data: generating costs what serving does, learning what training does.

Nothing unless `rl_steps` or `synthetic_tokens` are given.
"""

from carbonsweep.kernels.registry import default, equation
from carbonsweep.kernels.units import (
    FLOP,
    FLOP_per_s,
    W,
    Wh,
    device,
    device_hour,
    gCO2e_per_kWh,
    kgCO2e,
    kWh,
    number,
    parameter,
    per_s,
    token,
    year,
)

OWN = "this project"


@equation(source="definition", formula="rl_steps rl_prompts_per_step rl_samples_per_prompt", provenance="extension")
def rl_rollouts(rl_steps: number, rl_prompts_per_step: number, rl_samples_per_prompt: number) -> number:
    """Answers that reinforcement learning generates, good and bad."""
    return rl_steps * rl_prompts_per_step * rl_samples_per_prompt


@equation(source="definition", formula="rl_rollouts rl_response_tokens", provenance="extension")
def rl_rollout_tokens(rl_rollouts: number, rl_response_tokens: token) -> token:
    """Tokens that reinforcement learning generates.

    With thousands of tokens an answer they are most of what post-training costs.
    """
    return rl_rollouts * rl_response_tokens


@equation(
    source=OWN,
    formula="(tokens decode energy / output_tokens + rollouts prefill energy) server / accelerators / 1000",
    provenance="extension",
)
def rl_rollout_energy(
    rl_rollout_tokens: token,
    rl_rollouts: number,
    decode_energy_per_request: Wh,
    prefill_energy_per_request: Wh,
    output_tokens: token,
    energy_per_request: Wh,
    server_energy_per_request: Wh,
) -> kWh:
    """Energy that servers use to generate the answers of reinforcement learning.

    By the serving equations at the batch, lengths and devices that the plan gives them; prompts that are cached cost
    what prefix_hit leaves.
    """
    accelerators = rl_rollout_tokens * decode_energy_per_request / output_tokens
    accelerators = accelerators + rl_rollouts * prefill_energy_per_request
    return accelerators * server_energy_per_request / energy_per_request / 1000.0


@equation(
    source="6 N D of what is trained on, 2 N D for each reference model",
    formula="(6 rl_trained_fraction + 2 reference_models) active_parameters rl_rollout_tokens",
    provenance="extension",
)
def rl_training_flops(
    active_parameters: parameter, rl_rollout_tokens: token, rl_trained_fraction: number, reference_models: number
) -> FLOP:
    """Operations of the learning side of reinforcement learning.

    Generating is not in it. A reference model reads every answer once.
    """
    return (6.0 * rl_trained_fraction + 2.0 * reference_models) * active_parameters * rl_rollout_tokens


@equation(
    source=OWN,
    formula="rl_training_flops / (achieved_flops (1 - rl_idle_share) 3600)",
    provenance="extension",
)
def rl_training_device_hours(rl_training_flops: FLOP, achieved_flops: FLOP_per_s, rl_idle_share: number) -> device_hour:
    """Time of the accelerators that learn, their waiting for answers included.

    At the efficiency of the pre-training.
    """
    return rl_training_flops / (achieved_flops * (1.0 - rl_idle_share)) / 3600.0


@equation(source=OWN, formula="rollouts serving_devices / (3600 served_rate)", provenance="extension")
def rl_rollout_device_hours(rl_rollouts: number, serving_devices: device, served_rate: per_s) -> device_hour:
    """Time of the accelerators that generate the answers of reinforcement learning."""
    return rl_rollouts * serving_devices / (3600.0 * served_rate)


@equation(
    source=OWN,
    formula="rl_rollout_energy + rl_training_device_hours device_power / 1000",
    variant="counted",
    provenance="extension",
    when_given=("rl_steps",),
)
def rl_hardware_energy(rl_rollout_energy: kWh, rl_training_device_hours: device_hour, device_power: W) -> kWh:
    """Energy that servers use in reinforcement learning.

    Accelerators that wait are taken to draw what working ones do.
    """
    return rl_rollout_energy + rl_training_device_hours * device_power / 1000.0


default(
    "rl_hardware_energy",
    0.0,
    kWh,
    "Energy that servers use in reinforcement learning: none unless its steps are given.",
    source="none unless given",
    provenance="assumed",
)


@equation(
    source=OWN,
    formula="synthetic_tokens server_energy_per_request / output_tokens / 1000",
    variant="counted",
    provenance="extension",
    when_given=("synthetic_tokens",),
)
def synthetic_data_energy(synthetic_tokens: token, server_energy_per_request: Wh, output_tokens: token) -> kWh:
    """Energy that servers use to generate training data.

    By the serving equations; each token has its share of the prompt.
    """
    return synthetic_tokens * server_energy_per_request / output_tokens / 1000.0


default(
    "synthetic_data_energy",
    0.0,
    kWh,
    "Energy that servers use to generate training data: none unless its tokens are given.",
    source="none unless given",
    provenance="assumed",
)


@equation(source="definition", formula="rl_hardware_energy + synthetic_data_energy", provenance="extension")
def post_training_hardware_energy(rl_hardware_energy: kWh, synthetic_data_energy: kWh) -> kWh:
    """Energy that servers use in reinforcement learning and for synthetic data."""
    return rl_hardware_energy + synthetic_data_energy


@equation(source="LLMCarbon Eq. 9", formula="post_training_hardware_energy pue", provenance="extension")
def post_training_facility_energy(post_training_hardware_energy: kWh, pue: number) -> kWh:
    """Energy that the facility uses for reinforcement learning and synthetic data."""
    return post_training_hardware_energy * pue


@equation(source="LLMCarbon Eq. 10", formula="post_training_facility_energy carbon_intensity", provenance="extension")
def post_training_operational_carbon(post_training_facility_energy: kWh, carbon_intensity: gCO2e_per_kWh) -> kgCO2e:
    """Carbon of the electricity that reinforcement learning and synthetic data use.

    Same site as training.
    """
    return post_training_facility_energy * carbon_intensity / 1000.0


@equation(
    source="LLMCarbon Eq. 12",
    formula="(rl device-hours) device_embodied / (8760 lifetime_years fleet_utilisation)",
    variant="counted",
    provenance="extension",
    when_given=("rl_steps",),
)
def post_training_embodied_carbon(
    rl_rollout_device_hours: device_hour,
    rl_training_device_hours: device_hour,
    device_embodied: kgCO2e,
    lifetime_years: year,
    fleet_utilisation: number,
) -> kgCO2e:
    """Embodied carbon of reinforcement learning, of what generates and of what learns.

    Hardware of the training's kind. That of synthetic data is left out.
    """
    hours = rl_rollout_device_hours + rl_training_device_hours
    return hours * device_embodied / (8760.0 * lifetime_years * fleet_utilisation)


default(
    "post_training_embodied_carbon",
    0.0,
    kgCO2e,
    "Embodied carbon of reinforcement learning: none unless its steps are given.",
    source="none unless given",
    provenance="assumed",
)
