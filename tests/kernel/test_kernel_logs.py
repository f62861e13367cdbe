import io
import json

import pytest

from mosaic_hookspecs import Manifest, hookimpl
from mosaic_kernel.log_lines import LEVELS, Logger, LogSink
from mosaic_kernel.redaction import redact


class Fixed:
    def now(self):
        return 1_700_000_000_123


def made(**settings):
    stream = io.StringIO()
    sink = LogSink(Fixed(), stream)
    sink.level = LEVELS["debug"]
    for name, value in settings.items():
        setattr(sink, name, value)
    return Logger(sink, "engine"), stream


def test_console_lines():
    log, stream = made()
    log.bind(run="r 1").info("task.done", task="T.1", count=2, text='a "b"\nc', nothing=None)
    assert stream.getvalue() == (
        '22:13:20 info    engine task.done run="r 1" task=T.1 count=2 text="a \\"b\\"\\nc" nothing=null\n'
    )


def test_json_lines_are_one_object_each():
    log, stream = made(is_json=True)
    log.warning("a.b", x={"y": 1}, text="two\nlines")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line) == {
        "x": {"y": 1}, "text": "two\nlines", "time": "2023-11-14T22:13:20.123+00:00", "level": "warning",
        "plugin": "engine", "event": "a.b",
    }  # fmt: skip


def test_errors_say_where():
    log, stream = made()
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    log.error("failed", error=caught.value)
    assert "ZeroDivisionError: division by zero at " in stream.getvalue()
    assert "test_kernel_logs.py" in stream.getvalue()


def test_the_level_decides():
    log, stream = made(level=LEVELS["warning"])
    log.info("no")
    log.warning("yes")
    assert "no" not in stream.getvalue()
    assert "yes" in stream.getvalue()


@pytest.mark.parametrize(
    "key", ["password", "api_key", "apiKey", "client_secret", "Authorization", "auth_token"]
)
def test_secrets_are_redacted_by_the_name_of_their_key(key):
    log, stream = made()
    log.info("e", **{key: "hush"}, nested={key: "hush", "list": [{key: ["hush"]}]})
    assert "hush" not in stream.getvalue()


def test_a_fencing_token_is_no_secret():
    assert redact("token", 7) == 7
    assert redact("tokens_used", "7") == "7"
    assert redact("token", "abc") == "***"


def test_a_stream_that_is_closed_loses_the_line():
    log, stream = made()
    stream.close()
    log.error("lost")


async def test_level_and_format_come_from_the_configuration(bare):
    class Talks:
        @hookimpl
        async def mosaic_start(self, context):
            context.log.info("hello", password="p")

    stream = io.StringIO()
    settings = {"kernel.log_level": "info", "kernel.log_format": "json"}
    async with bare(("talks", Talks, Manifest()), settings=settings, log_stream=stream):
        pass
    record = json.loads(stream.getvalue().splitlines()[0])
    assert (record["plugin"], record["event"], record["password"]) == ("talks", "hello", "***")


@pytest.mark.parametrize("sign", ["\x1b", "\x9b", "\x07", "\u202e", "\n"])
def test_nothing_that_a_terminal_acts_on_is_written(sign):
    log, stream = made()
    log.error("event", name=f"a{sign}31mb", deep=[f"{sign}c"])
    assert sign not in stream.getvalue().removesuffix("\n")
