"""An application moves to v2 as a whole. Neither version sees the logins of the other, and a mixture is not supported.

So a logout in one version does not end a login in the other.
"""

from gateway.core.adobe import pages
from gateway.core.adobe.call import Call
from gateway.core.checking import About, Noticed, SeenExchange


def _device(call: Call) -> str | None:
    return call.device_tag if call.device_tag and call.version in {"v1", "v2"} else None


@About(
    id="V1002",
    severity="warning",
    title="One device on both versions of the API",
    page=pages.FAQ,
    fix="Move all calls of the application to v2 at once, on both screens.",
    inbound=True,
    reads=("ap-device-identifier",),
).over_time(_device, timed=False)
def v1_and_v2(before: str | None, seen: SeenExchange) -> tuple[str, tuple[Noticed, ...]]:
    """Remember the version, and that both were seen."""
    version = seen.call.version
    if before is None or version in before:
        return before or version, ()
    return "v1 and v2", (
        Noticed("path", f"{version} from a device that called {before}", f"{before}, or v2 for all calls"),
    )
