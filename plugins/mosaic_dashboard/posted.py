"""What a browser posts, as fields: within bounds, and read where it keeps nobody waiting."""

from __future__ import annotations

from functools import partial
from urllib.parse import parse_qsl

import trio
from quart import Request
from werkzeug.datastructures import MultiDict

from mosaic_hookspecs import InputError

_MEDIA_TYPE = "application/x-www-form-urlencoded"
_MOST_FIELDS = 2000
_SHORT = 65_536


async def fields_of(request: Request) -> MultiDict[str, str]:
    """Return the fields of a form.

    Raises:
        InputError: it is no form (code ``not-a-form``), or it has too many fields (``bad-form``).
    """
    body = await request.get_data(as_text=False)
    if request.mimetype != _MEDIA_TYPE:
        raise InputError(
            "not-a-form", "this takes forms alone", expected=_MEDIA_TYPE, got=request.mimetype[:80]
        )
    text = body if isinstance(body, str) else body.decode("utf-8", "replace")
    read = partial(parse_qsl, text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    try:
        pairs = read() if len(body) < _SHORT else await trio.to_thread.run_sync(read)
    except ValueError:
        raise InputError(
            "bad-form", "the form has too many fields", expected=f"at most {_MOST_FIELDS}"
        ) from None
    return MultiDict(pairs)
