"""Rules by the names that `config.yaml` gives them; each declares its options. Their order is the configuration's."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gateway.core.model import Rule
from gateway.core.rules.absolute_logout_url import AbsoluteLogoutUrl
from gateway.core.rules.remove_header import RemoveHeader
from gateway.core.rules.set_header import SetHeader
from gateway.core.rules.v1_logout import V1Logout

RULES: Mapping[str, type[Struct]] = {
    "v1_logout": V1Logout,
    "set_header": SetHeader,
    "remove_header": RemoveHeader,
    "absolute_logout_url": AbsoluteLogoutUrl,
}


def name_of(rule: Rule) -> str:
    """Return what `config.yaml` calls a rule."""
    return next(name for name, kind in RULES.items() if isinstance(rule, kind))
