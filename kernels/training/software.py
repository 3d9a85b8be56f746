"""When a training runs, and what its software does unless it is given."""

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import number, year


@equation(
    valid="[1990, inf)",
    source="a training precedes the model's publication and follows that of its accelerator",
    formula="model_year if accelerator_year <= model_year else 2026.9",
    provenance="assumed",
)
def training_date(model_year: year, accelerator_year: year) -> year:
    """When the training runs.

    It decides attention kernel, host time, goodput and batch. A catalogued model is taken to be trained when it came
    out, unless its accelerator is younger: then it is trained anew, with software of today.
    """
    return 1.0 * model_year if accelerator_year <= model_year else 2026.9


equals(
    "software_date",
    "training_date",
    year,
    "Date of the training framework.",
    valid="[1990, inf)",
    source="this project: software is as old as the training",
    provenance="assumed",
)


@equation(valid="[0, 1]", source="definition", formula="1 for TPU generations", provenance="assumed")
def is_tpu(generation: number) -> number:
    """Whether the accelerator is a TPU, with XLA, its own attention kernel and links of a mesh."""
    return 1.0 if 6.0 <= generation <= 11.0 else 0.0


@equation(
    valid="[0, 1]",
    source="Megatron-LM of 2021 and Megatron-DeepSpeed of 2022 exchange gradients after the backward pass",
    formula="1 since 2023, else 0",
    provenance="assumed",
)
def gradient_overlap(software_date: year) -> number:
    """Whether gradients are exchanged beside the backward pass."""
    return 1.0 if software_date >= 2023.0 else 0.0


@equation(
    valid="[0, 1]",
    source="Gale et al. 2022 (MegaBlocks); usual since",
    formula="1 for mixtures of experts since 2023, else 0",
    provenance="assumed",
)
def dropless(moe_layers: number, software_date: year) -> number:
    """Whether experts take all tokens sent to them, so that the host learns sizes at run time."""
    return 1.0 if moe_layers > 0.0 and software_date >= 2023.0 else 0.0


@equation(
    valid="[0, 1]",
    source="GPT-3 and Megatron-LM train with dropout, large models since PaLM without",
    formula="1 before 2022, else 0",
    provenance="assumed",
)
def dropout(software_date: year) -> number:
    """Whether dropout masks, one byte each, are kept."""
    return 1.0 if software_date < 2022.0 else 0.0


@equation(
    valid="[0, 2]",
    source="Megatron-LM (equal stages); Llama 3 and DeepSeek-V3 (stages differ); vendor recipes (balanced)",
    formula="stage_balance; auto: 2 if tuned, else 1",
    provenance="assumed",
)
def balanced_stages(stage_balance: number, software_level: number) -> number:
    """How layers and head are shared over stages.

    0 equal numbers of layers, 1 chunks may differ by a layer, 2 ideal balance.
    """
    if stage_balance >= 1.0:
        return stage_balance - 1.0
    return 1.0 + software_level
