"""Models by the names of Hugging Face and of people: organisations and endings that do not change the shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from carbonsweep.catalogs.files import shown
from carbonsweep.catalogs.lookup import Index, Match

_TUNED = re.compile(
    r"instruct|base|chat|hf|it|pt|thinking|reasoning|preview|fp8|fp4|mxfp4|nvfp4|bf16|fp16|gguf|awq|gptq|int4|int8|"
    r"[48]bit|pretrain|uncased|cased",
    re.IGNORECASE,
)
"""Words that tell how a model was trained on, stored or served: the shape is that of the model without them."""
_VERSION = re.compile(r"v\d+\.\d+", re.IGNORECASE)
_DATE = re.compile(r"(0[1-9]|1[0-2])[0-3]\d|2[3-7](0[1-9]|1[0-2])")
_MAKERS = re.compile(r"(meta|nvidia|ai21|tencent|facebook|c4ai|upstage)[-_ ]", re.IGNORECASE)

_CLOSED = re.compile(
    r"claude|gemini|gpt-?(3\.5|4|5)|chatgpt|o[134](-|$)|grok-?[2-9]|command-?a-plus|nova-|qwen\d*(\.\d+)?-(max|plus|turbo)|"
    r"mistral-medium|palm-2|llama-?behemoth|kimi-latest|text-davinci|ernie-?[x5]",
    re.IGNORECASE,
)
_PURE_STATE_SPACE = re.compile(r"(falcon-|codestral-)?mamba\d?(-|$)|rwkv", re.IGNORECASE)
COLUMNS_TO_GIVE = "id, n_layers, d_model, d_ff, n_heads, n_kv_heads, d_head, vocab_size, and those of its experts"
"""What a row of one's own needs."""


class Models(Index):
    """Models by id, alias, Hugging Face id, and by these with an organisation or a harmless ending."""

    def match(self, text: str) -> Match | None:
        for shape, without in _shapes(text):
            found = self.known(shape)
            if found is None:
                continue
            if without and _VERSION.search(without) and not re.search(r"\d", shape):
                return None  # the number of a version was the only one: another generation may have another shape
            return replace(found, how=f"{found.how}; {without} does not change the shape") if without else found
        return None

    def unknown(self, text: str) -> str:
        name = text.rpartition("/")[2]
        reason = ""
        if _CLOSED.match(name):
            reason = "a closed model, whose architecture is not published"
        elif _PURE_STATE_SPACE.match(name):
            reason = "a pure state-space model, of which the catalog has none"
        if not reason:
            return super().unknown(text)
        return (
            f"no row {shown(text)} in catalog {self.catalog}: {reason}; give a file of your own with the columns "
            f"{COLUMNS_TO_GIVE}, or parameters and active_parameters instead of a model"
        )


def _shapes(text: str) -> Iterator[tuple[str, str]]:
    """The text, and what is left of it without organisation and harmless words, with what was left out."""
    yield text, ""
    whole = text.rpartition("/")[2].strip()
    tries = [whole, _MAKERS.sub("", whole, count=1)]
    for name in dict.fromkeys(tries):
        yield name, ""
    for name in dict.fromkeys(tries):
        words = re.split(r"([-_ ]+)", name)
        # from the end
        kept: list[str] = list(words)
        dropped: list[str] = []
        while len(kept) > 2 and _harmless(kept[-1]):
            dropped.insert(0, kept[-1])
            kept = kept[:-2]
            yield "".join(kept), "-".join(dropped)
        # anywhere: tuning words, then dates and versions too
        for which in (_TUNED, None):
            kept, dropped = [words[0]], []
            for separator, word in zip(words[1::2], words[2::2], strict=False):
                if which.fullmatch(word) if which else _harmless(word):
                    dropped.append(word)
                else:
                    kept += [separator, word]
            if dropped:
                yield "".join(kept), "-".join(dropped)


def _harmless(word: str) -> bool:
    return any(pattern.fullmatch(word) for pattern in (_TUNED, _VERSION, _DATE))
