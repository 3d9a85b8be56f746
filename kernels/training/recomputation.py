"""How much of the forward pass is computed again, and what layers take with it."""

from carbonsweep.kernels.registry import equals, equation
from carbonsweep.kernels.units import FLOP, number, s

equals(
    "repeated_share",
    "recomputed_share",
    number,
    "Share of the layers' forward pass that is computed again, as it is given.",
    valid="[0, 1]",
    variant="given",
    source="the training's own count",
    when_given=("recomputed_share",),
)


@equation(
    valid="[0, 1]",
    source="fitted on measured training steps by benchmarks/fit_step.py; Korthikanti et al. 2022 (scores, full)",
    formula="none, scores 0; modules, operators, custom, unstated: constants; full 1",
    variant="by_level",
    provenance="extension",
)
def repeated_share(
    recomputation_level: number,
    repeated_share_modules: number,
    repeated_share_operators: number,
    repeated_share_custom: number,
    repeated_share_unstated: number,
) -> number:
    """Share of the layers' forward pass that is computed again, attention scores left out."""
    if recomputation_level == 2.0:
        return 1.0 * repeated_share_modules
    if recomputation_level == 3.0:
        return 1.0 * repeated_share_operators
    if recomputation_level == 4.0:
        return 1.0
    if recomputation_level == 5.0:
        return 1.0 * repeated_share_custom
    if recomputation_level == 6.0:
        return 1.0 * repeated_share_unstated
    return 0.0


@equation(
    valid="[0, 1]",
    source="Korthikanti et al. 2022",
    formula="1 for scores, operators and full; 0 for none and modules; else repeated_share",
    provenance="extension",
)
def repeated_scores(recomputation_level: number, repeated_share: number) -> number:
    """Share of the attention scores that is computed again."""
    if recomputation_level == 1.0 or recomputation_level == 3.0 or recomputation_level == 4.0:
        return 1.0
    if recomputation_level >= 5.0:
        return 1.0 * repeated_share
    return 0.0


@equation(
    source="Narayanan et al. 2021; Dao et al. 2022 (a fused backward pass has 2.5 times the operations)",
    formula="forward (1 + backward_passes + r w) + scores (1 + (2.5 or, unfused, 2) w + rs w), w = backward_reach",
    provenance="extension",
)
def layers_time(
    layers_forward_time: s,
    scores_forward_time: s,
    repeated_share: number,
    repeated_scores: number,
    fused_attention: number,
    backward_passes: number,
    backward_reach: number,
) -> s:
    """Time of all layers for one microbatch: forward, backward and what is computed again.

    Only layers that the backward pass reaches are computed again, and only there do scores have a backward pass.
    """
    backward = 2.5 if fused_attention >= 1.0 else 2.0
    layers = layers_forward_time * (1.0 + backward_passes + repeated_share * backward_reach)
    return layers + scores_forward_time * (1.0 + backward * backward_reach + repeated_scores * backward_reach)


@equation(
    source="Korthikanti et al. 2022 (arXiv 2205.05198)",
    formula="[repeated_share (forward - logits - scores) + repeated_scores scores] backward_reach",
)
def recomputation_flops_per_token(
    repeated_share: number,
    repeated_scores: number,
    attention_score_flops_per_token: FLOP,
    forward_flops_per_token: FLOP,
    logit_flops_per_token: FLOP,
    backward_reach: number,
) -> FLOP:
    """Operations spent for one token on activations computed a second time."""
    layers = forward_flops_per_token - logit_flops_per_token - attention_score_flops_per_token
    return (repeated_share * layers + repeated_scores * attention_score_flops_per_token) * backward_reach
