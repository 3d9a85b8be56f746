"""Test loss from parameters and tokens."""

import numpy as np

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import nat_per_token, number, parameter, token


@equation(
    valid="(0, inf)",
    source="a rule of thumb for mixtures of experts, as recalled",
    formula="sqrt(active_parameters parameters)",
    variant="geometric_mean",
    provenance="recalled",
)
def loss_parameters(parameters: parameter, active_parameters: parameter) -> parameter:
    """Parameters that enter the law of test loss: the dense size of equal loss.

    All of them in a dense model; in a mixture of experts between the active ones and all, whatever the mixture. Against
    two published matches it is 3 % (DeepSeekMoE 16B) and 37 % (Ling-mini-beta) too small.
    """
    return np.sqrt(active_parameters * parameters)


@equation(
    valid="(0, inf)",
    source="Ludziejewski et al. 2025 Table 3, solved for the dense size; its law of one expert is in Table 4",
    formula="clip(((L_joint(A, D, E) - 1.3637 - 53.9838 D^-0.1965) / 30.364)^(-1/0.1817), A, P)",
    quantity="loss_parameters",
    variant="ludziejewski",
    provenance="extension",
)
def loss_parameters_ludziejewski(
    parameters: parameter, active_parameters: parameter, tokens: token, expert_expansion: number
) -> parameter:
    """Dense size of equal loss by the joint law of Ludziejewski et al.

    Grows with tokens. The law was fitted with one expert in use for a token, 1 to 32 experts and up to 5 billion
    parameters in total; beyond, an extrapolation. Held between active and all parameters.
    """
    joint = test_loss_ludziejewski(active_parameters, tokens, expert_expansion)
    excess = (joint - 1.3637 - 53.9838 * tokens**-0.1965) / 30.364
    if excess <= 0.0:
        return 1.0 * parameters
    return np.minimum(np.maximum(excess ** (-1.0 / 0.1817), active_parameters), parameters)


@equation(
    valid="(0, inf)",
    source="LLMCarbon Section 4 (an observation of DeepSpeed-MoE)",
    formula="P if dense else P / moe_dense_equivalence",
    quantity="loss_parameters",
    variant="llmcarbon",
    provenance="recalled",
)
def loss_parameters_llmcarbon(
    parameters: parameter, active_parameters: parameter, moe_dense_equivalence: number
) -> parameter:
    """Parameters that enter the law of test loss, in a mixture of experts an eighth of all.

    LLMCarbon, as recalled; unverified against the paper. A mixture of which an eighth is less than what is active comes
    out worse than a dense model of its active size, which it is not.
    """
    if parameters <= active_parameters * (1.0 + 1e-9):
        return 1.0 * parameters
    return parameters / moe_dense_equivalence


equals(
    "loss_parameters",
    "parameters",
    parameter,
    "All parameters.",
    notes="The definition of N in laws for dense models.",
    valid="(0, inf)",
    variant="total",
    source="Hoffmann et al. 2022 (definition of N)",
)


equals(
    "loss_parameters",
    "active_parameters",
    parameter,
    "Active parameters.",
    notes="The definition of N in laws for mixtures of experts; use it with those fitted at a fixed number of experts.",
    valid="(0, inf)",
    variant="active",
    source="Ludziejewski et al. 2025 (definition of N)",
)


@equation(
    valid="(0, inf)",
    source="LLMCarbon Eq. 3; Hoffmann et al. 2022 Eq. 10",
    formula="L = E + A / N^alpha + B / D^beta",
    variant="scaling_law",
)
def test_loss(
    loss_parameters: parameter,
    tokens: token,
    loss_irreducible: nat_per_token,
    loss_parameter_coefficient: nat_per_token,
    loss_token_coefficient: nat_per_token,
    loss_parameter_exponent: number,
    loss_token_exponent: number,
) -> nat_per_token:
    """Test loss after training.

    Constants are those of Besiroglu et al. 2024, of Hoffmann et al. 2022 as printed (LLMCarbon) or of a catalogued
    law of this form: losses of two laws do not compare. Fitted on 70 million to 16 billion parameters and 5 to 500
    billion tokens; beyond, an extrapolation.
    """
    return (
        loss_irreducible
        + loss_parameter_coefficient / loss_parameters**loss_parameter_exponent
        + loss_token_coefficient / tokens**loss_token_exponent
    )


@equation(
    valid="(0, inf)",
    source="Kaplan et al. 2020 Eq. 1.5 and Table 2",
    formula="L = ((6.4e13 / N)^(0.076/0.103) + 1.8e13 / D)^0.103",
    quantity="test_loss",
    variant="kaplan",
    provenance="recalled",
)
def test_loss_kaplan(non_embedding_parameters: parameter, tokens: token) -> nat_per_token:
    """Test loss by the joint law of Kaplan et al.

    Constants as recalled. WebText2, 768 to 1.5 billion non-embedding parameters, dense decoders.
    """
    return ((6.4e13 / non_embedding_parameters) ** (0.076 / 0.103) + 1.8e13 / tokens) ** 0.103


equals(
    "unique_tokens",
    "tokens",
    token,
    "Distinct tokens in the training data.",
    notes="Fewer than `tokens` when data are repeated.",
    valid="(0, inf)",
    variant="single_epoch",
    source="one pass over the data unless given",
    provenance="assumed",
)


@equation(
    valid="(0, inf)",
    source="Muennighoff et al. 2023, unrounded constants of huggingface/datablations",
    formula="L = E + A / N'^alpha + B / D'^alpha, N' and D' effective beyond U_N and U_D",
    quantity="test_loss",
    variant="muennighoff",
)
def test_loss_muennighoff(loss_parameters: parameter, tokens: token, unique_tokens: token) -> nat_per_token:
    """Test loss when data are repeated.

    E = 1.869144, A = 520.86, B = 1487.84, alpha = beta = 0.3526596, R_D* = 15.387756, R_N* = 5.309743;
    U_N is the compute-optimal size for the unique tokens. Fitted on C4 up to 9 billion parameters and
    1500 epochs.
    """
    unique = np.minimum(unique_tokens, tokens)
    ratio = (520.86 / 1487.84) ** (1.0 / (2.0 * 0.3526596))
    base = np.minimum(loss_parameters, ratio * ratio * unique)
    repeats = tokens / unique - 1.0
    excess = loss_parameters / base - 1.0
    effective_tokens = unique * (1.0 + 15.387756 * (1.0 - np.exp(-repeats / 15.387756)))
    effective_parameters = base * (1.0 + 5.309743 * (1.0 - np.exp(-excess / 5.309743)))
    return 1.869144 + 520.86 / effective_parameters**0.3526596 + 1487.84 / effective_tokens**0.3526596


@equation(
    valid="(0, inf)",
    source="Krajewski et al. 2024 (arXiv 2402.07871) Table 1",
    formula="L = 0.47 + (2.1 / G^0.58 + 18.1) / N^0.115 + 30.8 / D^0.147",
    quantity="test_loss",
    variant="krajewski",
)
def test_loss_krajewski(non_embedding_parameters: parameter, tokens: token, granularity: number) -> nat_per_token:
    """Test loss of a mixture of experts of given granularity.

    N is active parameters without embeddings, which `non_embedding_parameters` counts where the architecture
    is known. Fitted with 64 times the experts of a dense layer. NaN without experts.
    """
    return 0.47 + (2.1 / granularity**0.58 + 18.1) / non_embedding_parameters**0.115 + 30.8 / tokens**0.147


@equation(
    valid="(0, inf)",
    source="Ludziejewski et al. 2025 Table 3",
    formula="L = a F^delta N^(alpha + gamma ln F) + b F^omega D^(beta + zeta ln F) + c, F effective experts",
    quantity="test_loss",
    variant="ludziejewski",
)
def test_loss_ludziejewski(active_parameters: parameter, tokens: token, expert_expansion: number) -> nat_per_token:
    """Test loss of a mixture of experts, jointly in active parameters, tokens and experts.

    1/F = 1/(E - 1 + 1/(1/2.0732 - 1/290.4521)) + 1/290.4521 for E experts. One expert per token, 1 to 32
    experts, up to 5 billion parameters in total; beyond, an extrapolation.
    """
    start = 1.0 / (1.0 / 2.0732 - 1.0 / 290.4521)
    effective = 1.0 / (1.0 / (expert_expansion - 1.0 + start) + 1.0 / 290.4521)
    log_effective = np.log(effective)
    return (
        35.91 * effective**-0.2285 * active_parameters ** (-0.1889 + 0.0098 * log_effective)
        + 35.98 * effective**0.5529 * tokens ** (-0.1775 - 0.0259 * log_effective)
        + 1.3637
    )
