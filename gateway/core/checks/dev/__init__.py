"""The device identifier: the checks of this family, in the order in which they report."""

from gateway.core.checking import Check
from gateway.core.checks.dev.dev001_identifier_present import identifier_present
from gateway.core.checks.dev.dev002_identifier_grammar import identifier_grammar
from gateway.core.checks.dev.dev003_identifier_base64 import identifier_base64
from gateway.core.checks.dev.dev004_identifier_text import identifier_text
from gateway.core.checks.dev.dev005_identifier_placeholder import identifier_placeholder
from gateway.core.checks.dev.dev006_identifier_changes import identifier_changes
from gateway.core.checks.dev.dev007_identifier_shared import identifier_shared

DEV: tuple[Check, ...] = (
    identifier_present,
    identifier_grammar,
    identifier_base64,
    identifier_text,
    identifier_placeholder,
    identifier_changes,
    identifier_shared,
)
