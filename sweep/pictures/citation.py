"""What to cite, as BibTeX: this software and the paper whose model it evaluates; CITATION.cff says the same."""

from __future__ import annotations

from carbonsweep.foundation.version import __version__


def citation() -> str:
    """The entries as BibTeX."""
    return f"""@software{{carbonsweep,
  title = {{carbonsweep: vectorized batch sweeps of the carbon footprint of LLM training and serving}},
  author = {{{{The carbonsweep developers}}}},
  version = {{{__version__}}}
}}
@inproceedings{{faiz2024llmcarbon,
  title = {{LLMCarbon: Modeling the End-to-End Carbon Footprint of Large Language Models}},
  author = {{Faiz, Ahmad and Kaneda, Sotaro and Wang, Ruhan and Osi, Rita and Sharma, Prateek and Chen, Fan and
    Jiang, Lei}},
  booktitle = {{The Twelfth International Conference on Learning Representations (ICLR 2024)}},
  year = {{2024}},
  url = {{https://arxiv.org/abs/2309.14393}}
}}"""
