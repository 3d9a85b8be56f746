"""Vision encoders, training stages, and upcycled checkpoints."""

from __future__ import annotations

from carbonsweep.kernels.registry import declare

declare("measured_sparse_peak", "FLOP/s", "Peak of the device of these measurements.", valid="(0, inf)", optional=True)
declare("vision_hidden_size", "1", "Width of the vision encoder's residual stream.", valid="[1, inf)", integer=True)
declare("vision_layers", "1", "Blocks of the vision encoder.", valid="[1, inf)", integer=True)
declare("vision_ffn_size", "1", "Width of the vision encoder's feed-forward network.", valid="[1, inf)", integer=True)
declare("image_size", "1", "Side of the square image that the encoder takes, pixels.", valid="[1, inf)", integer=True)
declare("patch_size", "1", "Side of one square patch, pixels.", valid="[1, inf)", integer=True)
declare(
    "vision_tile_scale",
    "1",
    "Largest scale at which an image is seen, cut into tiles, beside the whole; 1 for the whole alone.",
    valid="[1, inf)",
    default=1,
    source="one pass unless given (CuMo: 3)",
    provenance="assumed",
    integer=True,
)
for _module, _where in {"vision": "each block of the vision encoder", "connector": "the connector"}.items():
    declare(
        f"{_module}_experts",
        "1",
        f"Experts of {_where}; 0 for a dense one.",
        default=0,
        source="dense unless given",
        provenance="assumed",
        integer=True,
    )
    declare(
        f"{_module}_experts_per_token",
        "1",
        f"Experts of {_where} that work on each token; nothing in a dense one.",
        default=2,
        source="CuMo: top 2",
        integer=True,
    )
for _module, _what in {"vision": "vision encoder", "connector": "connector", "llm": "language model"}.items():
    declare(
        f"{_module}_training",
        "1",
        f"Cost of the {_what} in forward passes: 3 trained, 2 frozen but passed by gradients, 1 frozen and upstream.",
        valid="[0, 3]",
    )
declare("sample_text_tokens", "token", "Text tokens of one sample, beside its image.")
declare("stage_samples", "sequence", "Samples seen in the stage of training, one image each.", valid="(0, inf)")
declare("parent_ratio", "1", "Carbon of pre-training the dense parent over that of the training of the sweep.")
declare(
    "upcycle_fraction",
    "1",
    "Cost of upcycling over that of the dense parent's pre-training.",
    default=0.5,
    source="Komatsuzaki et al. 2023 (Sparse Upcycling), abstract",
)
declare(
    "checkpoint_status",
    "1",
    "Whether the dense parent exists already.",
    choices=("owned", "to_train"),
)
