"""The schema is current and describes every key."""

from __future__ import annotations

import json

from gateway.config import Config
from gateway.config.json_schema import schema
from gateway.core.adobe.routes import LOGOUT_ROUTES
from tests.config.reading import ROOT, keys


def test_the_shipped_schema_is_current() -> None:
    """To renew it: `gateway config schema > gateway/config.schema.json`."""
    shipped = json.loads((ROOT / "gateway/config.schema.json").read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(schema()))


def test_the_schema_describes_every_key_and_insists_on_none_of_them() -> None:
    written = schema()
    sections = [written, *written["$defs"].values()]
    assert sorted(key for section in sections for key in section["properties"]) == sorted(keys(Config))
    for section in sections:
        assert section["additionalProperties"] is False
        assert section["description"]
        for value in section["properties"].values():
            assert "description" in value or "$ref" in value
    required = {section["title"]: section["required"] for section in sections if "required" in section}
    assert required == {
        "Device": ["match"],
        "Dns": ["listen"],
        "Pages": ["listen"],
        "Proxy": ["listen"],
        "Fleet": ["redis"],
        "RedactionRule": ["as"],
        "KeptPlace": ["reason"],
        "V1Logout": ["redirect_url"],
        "SetHeader": ["name", "value"],
        "RemoveHeader": ["name"],
        "AbsoluteLogoutUrl": ["host"],
        "ApiErrorFault": ["code"],
        "Delay": ["seconds"],
        "SlowBody": ["bytes_per_second"],
        "StatusFault": ["code"],
    }
    assert written["$defs"]["Limits"]["properties"]["max_body"]["type"] == ["integer", "string"]
    assert written["$defs"]["Cassettes"]["properties"]["record"]["default"] == list(LOGOUT_ROUTES)
