"""What can be configured about planning with a model."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.modelplanner``. Nothing is asked of a model unless the planner ``model`` is named."""

    endpoint: str = attrs.field(
        default="", metadata={"help": "Provider of the models port to ask; the first one if left empty."}
    )
    model: str = attrs.field(default="", metadata={"help": "Model to ask for; the endpoint's own if empty."})
    repairs: int = attrs.field(
        default=3,
        validator=[attrs.validators.ge(0), attrs.validators.le(10)],
        metadata={"help": "How often an answer that does not hold is given back to the model, at each step."},
    )
    calls: int = attrs.field(
        default=60,
        validator=attrs.validators.ge(1),
        metadata={"help": "Most calls of the model for one plan, repairs included."},
    )
    seconds: float = attrs.field(
        default=300.0,
        validator=attrs.validators.gt(0),
        metadata={"help": "Most time for one call."},
    )
    max_tokens: int = attrs.field(
        default=16_000, validator=attrs.validators.ge(256), metadata={"help": "Longest answer to one call."}
    )
    caches: bool = attrs.field(
        default=True, metadata={"help": "Answer from the store what was asked before, word for word."}
    )
    cache_days: float = attrs.field(
        default=30.0,
        validator=attrs.validators.gt(0),
        metadata={"help": "How long such answers are kept. One that could not be used is not kept at all."},
    )
    cache_answers: int = attrs.field(
        default=300, validator=attrs.validators.ge(1), metadata={"help": "The most answers that are kept."}
    )
    document_bytes: int = attrs.field(
        default=400_000,
        validator=attrs.validators.ge(1000),
        metadata={
            "help": "The longest document or goal that is planned: models read all of it, several times."
        },
    )
    samplings: int = attrs.field(
        default=32,
        validator=attrs.validators.ge(1),
        metadata={"help": "The most plans by clients' models that are kept unfinished, for a day each."},
    )
