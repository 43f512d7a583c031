"""Saves exchanges that were not recorded: redacts their legs, looks for secrets, and appends them to a cassette, like a recording."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from gateway.cassettes.errors import CassetteError
from gateway.cassettes.writer import Writer
from gateway.config import Config
from gateway.control.steering import NotPossibleError
from gateway.core.codings import CodingError
from gateway.core.model import Leg
from gateway.core.redaction import Redaction
from gateway.core.times import stamp
from gateway.exchanges.not_kept import PassedBody
from gateway.redacting import jobs
from gateway.transports.redactor import NotRedactedError
from gateway.wiring import keys
from gateway.wiring.assembly import Gateway


async def save(
    gateway: Gateway, environ: Mapping[str, str], cassette: Path, legs: Sequence[Leg], exchange_id: str, at: float
) -> int:
    """Append the legs of an exchange that began `at` (seconds since the epoch), and return how many. Raises NotPossibleError."""
    if not legs:
        message = "This exchange has no leg that a cassette could hold."
        raise NotPossibleError(message)
    if any(isinstance(part.body, PassedBody) for leg in legs for part in (leg.request, leg.response)):
        message = "A body was streamed and not kept. Record the call in mode record or auto."
        raise NotPossibleError(message)
    parts = gateway.parts
    about = [parts.about(leg.request, leg.response) for leg in legs]
    met = gateway.redaction.met_since(0)

    def work() -> int:
        redaction = _lasting(parts.config, gateway.redaction, environ)
        redaction.learn(met)
        blocks = []
        for leg, said in zip(legs, about, strict=True):
            recording = jobs.record(
                redaction,
                replace(leg.request, id=exchange_id),
                leg.response,
                origin=parts.origin(leg.request.upstream),
                recorded_at=stamp(at),
                about={
                    **said,
                    "recorded_at": stamp(at),
                    "elapsed_ms": round(leg.elapsed_ms),
                    "source": leg.response.source,
                },
            )
            if recording.leaks:
                message = f"A secret would be left in it: {', '.join(recording.leaks)}. Nothing was written."
                raise NotPossibleError(message)
            blocks.append(recording.block)
        writer = Writer(cassette)
        try:
            writer.append(blocks)
        finally:
            writer.close()
        return len(blocks)

    try:
        return await to_thread(work)
    except (CassetteError, CodingError, NotRedactedError, ValueError) as error:  # these errors quote no message
        raise NotPossibleError(str(error)) from error
    except OSError as error:
        message = f"The cassette could not be written: {error.strerror}."
        raise NotPossibleError(message) from error


def _lasting(config: Config, redaction: Redaction, environ: Mapping[str, str]) -> Redaction:
    """Return the redaction under the lasting key. A missing key is made."""
    if redaction.key_id is not None:
        return redaction.afresh()
    return keys.redaction(config.redaction, environ, make=True)
