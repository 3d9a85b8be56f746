"""What one pass through the layers multiplies, reads and writes: the model's side of the step time."""

from carbonsweep.kernels.registry import equation
from carbonsweep.kernels.units import number, parameter, year


@equation(
    source="count over the architecture",
    formula="attention + linear + feed-forward + router + shared experts",
    provenance="extension",
)
def dense_layer_parameters(
    attention_parameters: parameter,
    mixer_parameters: parameter,
    ffn_parameters: parameter,
    router_parameters: parameter,
    shared_expert_parameters: parameter,
) -> parameter:
    """Parameters of all layers that every token passes, routed experts left out.

    Tensor parallelism splits them; expert parallelism does not.
    """
    return attention_parameters + mixer_parameters + ffn_parameters + router_parameters + shared_expert_parameters


@equation(
    source="count over the architecture",
    formula="routed_expert_parameters - inactive_expert_parameters",
    provenance="extension",
)
def active_expert_parameters(routed_expert_parameters: parameter, inactive_expert_parameters: parameter) -> parameter:
    """Parameters of the routed experts that one token visits.

    Zero for a dense model.
    """
    return routed_expert_parameters - inactive_expert_parameters


@equation(
    source="operands of the matrix products of a layer",
    formula="2 h (attention and linear layers + dense, shared and parallel networks + moe_layers experts_per_token)",
    provenance="extension",
)
def operand_width(
    hidden_size: number,
    attention_blocks: number,
    linear_layers: number,
    ffn_blocks: number,
    moe_layers: number,
    experts_per_token: number,
    shared_expert_ffn_size: number,
    parallel_dense_ffn_size: number,
) -> number:
    """Elements of full hidden width that matrix products read and write for one token, all layers.

    An attention block, another mixer and a feed-forward network each read their input and write their output once. The
    other operands are parameters / h, and split by tensor parallelism.
    """
    networks = ffn_blocks - moe_layers + moe_layers * experts_per_token
    if shared_expert_ffn_size > 0.0:
        networks = networks + moe_layers
    if parallel_dense_ffn_size > 0.0:
        networks = networks + moe_layers
    return 2.0 * hidden_size * (attention_blocks + linear_layers + networks)


@equation(
    valid="[0, 1]",
    source="Dao et al. 2022, 2023; Llama 2 and others use it since 2023",
    formula="0 without a kernel for the device, or if model and accelerator both came out before 2023; else 1",
    variant="period",
    provenance="extension",
)
def fused_attention(fused_attention_kernel: number, model_year: year, accelerator_year: year) -> number:
    """Whether the attention kernel keeps scores out of memory.

    A model and an accelerator of the catalog that both came out before 2023 are taken to be a training of
    their time. Give 1 for a training of today.
    """
    if fused_attention_kernel < 1.0 or (model_year < 2023.0 and accelerator_year < 2022.5):
        return 0.0
    return 1.0
