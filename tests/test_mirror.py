"""tests/ mirrors gateway/: each source module has a test file of its name, or stands here with the file that covers it."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent

COVERED: dict[str, tuple[str, ...]] = {
    "cassettes/converters/test_any_input.py": (
        *("cassettes/converters/documents.py", "cassettes/converters/messages.py", "cassettes/converters/model.py"),
    ),
    "cassettes/converters/test_har.py": ("cassettes/converters/har_bodies.py",),
    "cassettes/converters/test_wiremock.py": ("cassettes/converters/wiremock_request.py",),
    "cassettes/test_attacks.py": ("cassettes/shape.py", "cassettes/strict.py"),
    "cassettes/test_format.py": ("cassettes/coding.py",),
    "cassettes/test_blocks.py": ("cassettes/layouts.py",),
    "cassettes/test_reader.py": ("cassettes/errors.py", "cassettes/parsing.py"),
    "config/test_combinations.py": ("config/clash.py", "config/rule_combinations.py"),
    "config/test_devices.py": ("config/network_combinations.py", "config/of_devices.py"),
    "config/test_proxy.py": ("config/proxy_combinations.py",),
    "lab/test_proxy.py": ("lab/proxy_terms.py", "lab/tunnelling.py"),
    "config/test_control.py": ("config/plain_values.py",),
    "control/test_exchanges.py": (
        *(
            "control/devices.py",
            "control/model.py",
            "control/reading.py",
            "control/readers.py",
            "exchanges/addresses.py",
        ),
    ),
    "control/test_cassettes.py": ("control/cassette_model.py", "control/naming.py", "wiring/saving.py"),
    "control/test_listener.py": (
        "control/access.py",
        "control/errors.py",
        "control/routes.py",
        "wiring/controlling.py",
    ),
    "control/test_faults.py": ("control/fault_model.py", "wiring/given_fault.py"),
    "control/test_emulator.py": ("control/emulator_model.py",),
    "control/page/test_exchanges.py": ("control/page/rendering.py",),
    "control/page/test_findings.py": ("control/page/devices.py", "control/page/unchanged.py"),
    "control/test_openapi.py": ("control/api.py",),
    "control/test_sessions.py": ("control/steering.py",),
    "control/test_settings.py": ("control/plain.py", "exchanges/current.py"),
    "config/test_rules.py": ("config/to_core.py", "core/when.py"),
    "config/test_lab.py": ("config/lab_combinations.py", "config/lab_pages.py"),
    "config/test_loading.py": ("config/history.py",),
    "config/test_reading.py": ("config/marks.py",),
    "config/test_showing.py": ("config/sources.py",),
    "core/adobe/test_answer.py": (
        *("core/adobe/errors.py", "core/adobe/logout.py", "core/adobe/pages.py", "core/adobe/v1_errors.py"),
    ),
    "core/adobe/test_any_text.py": ("core/adobe/accept.py",),
    "core/adobe/test_device_headers.py": (
        *("core/adobe/device_identifier.py", "core/adobe/device_info.py", "core/adobe/partner_status.py"),
        *("core/adobe/temp_pass.py", "core/adobe/visitor.py"),
    ),
    "core/redactors/test_bodies.py": ("core/secrets/prose.py", "core/secrets/scrub.py"),
    "core/rules/test_v1_logout.py": ("core/adobe/rewriting.py", "core/adobe/v1_logout.py", "core/adobe/v2_logout.py"),
    "core/test_redaction.py": (
        "core/keyed_results.py",
        "core/recent_sides.py",
        "core/request_secrets.py",
        "core/secrets/met.py",
    ),
    "core/secrets/test_seen.py": ("core/secrets/index.py", "core/secrets/spelling.py"),
    "core/secrets/test_common.py": ("core/secrets/lookup.py",),
    "core/secrets/test_leaks.py": ("core/secrets/chosen.py", "core/secrets/everywhere.py"),
    "core/secrets/test_work.py": ("core/secrets/budget.py",),
    "core/secrets/test_wrappers.py": ("core/secrets/wire.py", "core/secrets/wraps.py"),
    "core/test_audit.py": ("core/adobe/call.py", "core/checking.py"),
    "core/checks/test_reads.py": ("core/adobe/reads.py",),
    "core/test_options.py": ("core/field_options.py",),
    "core/test_value.py": ("core/model.py",),
    "emulator/test_any_bytes.py": ("emulator/answers.py", "emulator/checks.py", "emulator/kinds.py"),
    "emulator/test_app.py": ("emulator/listening.py",),
    "emulator/test_catalogue.py": ("emulator/catalogue_reader.py",),
    "emulator/test_codes.py": ("emulator/asked_for.py",),
    "emulator/test_decisions.py": ("emulator/ratings.py", "emulator/temporary.py"),
    "emulator/test_journey.py": (
        *(
            "emulator/authenticate.py",
            "emulator/configuration.py",
            "emulator/describing.py",
            "emulator/device_block.py",
        ),
        *("emulator/logins.py", "emulator/mvpd_logout.py", "emulator/sessions.py", "emulator/who.py"),
    ),
    "emulator/test_partner_sso.py": ("emulator/partner_status.py",),
    "emulator/test_v1_tokens.py": ("emulator/v1_calls.py", "emulator/v1_codes.py"),
    "emulator/test_state.py": (
        *(
            "emulator/emulator.py",
            "emulator/logout.py",
            "emulator/model.py",
            "emulator/profiles.py",
            "emulator/routes.py",
        ),
    ),
    "examples/test_television.py": ("examples/client.py",),
    "exchanges/test_driver.py": ("exchanges/pipeline.py", "exchanges/replies.py"),
    "exchanges/test_noting.py": ("exchanges/shortened.py",),
    "config/test_fleet.py": ("config/fleet_combinations.py",),
    "fleet/test_farm.py": ("fleet/member.py", "fleet/notes.py", "wiring/fleet.py"),
    "fleet/test_link.py": ("fleet/address.py", "fleet/patience.py"),
    "fleet/test_redis_state.py": ("fleet/names.py",),
    "fleet/test_secrets.py": ("fleet/client_state.py",),
    "fleet/test_stream.py": ("fleet/shown.py",),
    "offline/test_judging.py": (
        *("offline/junit.py", "offline/outcome.py", "offline/told.py", "transports/overrides.py"),
    ),
    "exchanges/test_sending_again.py": ("core/asking.py",),
    "offline/test_faults.py": ("core/fault_words.py",),
    "offline/test_execute.py": ("offline/controlling.py", "offline/steered.py"),
    "offline/test_plugin.py": ("offline/collected.py", "offline/emulated.py", "offline/running.py", "pytest_plugin.py"),
    "redacting/test_process.py": ("redacting/jobs.py", "redacting/pipe.py", "redacting/worker.py"),
    "reports/test_html.py": ("reports/exchange.py", "reports/view.py"),
    "reports/test_junit.py": ("reports/junit_xml.py",),
    "scrubbing/test_commands.py": ("commands/redaction.py", "core/mistake.py"),
    "scrubbing/test_pasted.py": ("scrubbing/counting.py", "scrubbing/inspector.py", "scrubbing/named.py"),
    "scrubbing/test_cleaner.py": ("scrubbing/guessing.py", "scrubbing/places.py"),
    "test_any_command.py": (
        *("commands/audit.py", "commands/cassettes.py", "commands/offline.py", "commands/rewriting.py"),
        "commands/shared.py",
    ),
    "test_cli.py": (*("commands/config.py", "commands/emulator.py", "commands/processes.py", "commands/running.py"),),
    "forwarding/test_failures.py": ("core/tracebacks.py", "wire/failures.py"),
    "forwarding/test_streams.py": (
        *(
            "transports/upstream.py",
            "wire/awaited.py",
            "wire/pool.py",
            "wire/sending.py",
            "wire/upstream_connection.py",
        ),
    ),
    "forwarding/test_targets.py": ("core/routing.py",),
    "test_framing.py": ("wire/reading.py", "wire/writing.py"),
    "test_traps.py": ("wire/c_parser.py",),
    "wire/test_outbox.py": ("wire/app_output.py",),
    "wire/test_server.py": ("wire/handler.py",),
    "transports/test_authorized.py": (
        *("transports/clients.py", "transports/registration.py", "transports/token_holder.py"),
    ),
    "transports/test_recorder.py": (
        "transports/awaiting.py",
        "transports/redactor.py",
    ),
    "verifying/test_verifier.py": (
        *("verifying/authorization.py", "verifying/pace.py", "verifying/plan.py", "verifying/reasons.py"),
    ),
    "fleet/test_supervisor.py": ("fleet/numbers.py", "fleet/orders.py", "fleet/process.py"),
    "fleet/test_taking_turns.py": ("system/shared_memory.py",),
    "wiring/test_supervising.py": (
        "fleet/mirror.py",
        "wiring/emulator_server.py",
        "wiring/working.py",
    ),
    "wire/test_accepting.py": ("system/descriptors.py",),
    "wiring/test_assembly.py": ("wiring/serving.py", "wiring/tls.py", "wiring/upstreams.py"),
    "wiring/test_modes.py": ("wiring/parts.py",),
    "auditing/test_live.py": ("wiring/audit.py",),
    "wiring/test_lab_pages.py": ("wiring/lab_facts.py",),
    "wiring/test_listening.py": ("wire/tls_versions.py", "wiring/lab.py", "wiring/resolving.py"),
    "metrics/test_prometheus.py": ("wiring/measuring.py",),
    "wiring/test_reloading.py": ("wiring/taking_over.py",),
}
"""A test file, and the source modules that it covers without having their name."""


def sources() -> set[str]:
    folder = ROOT / "gateway"
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py") if path.stem != "__init__"}


def mirrored(source: str) -> str:
    """Return where the test file of a source module is."""
    path = Path(source)
    return (path.parent / f"test_{path.name}").as_posix()


def test_each_module_has_a_test_file_of_its_name_or_is_named_with_what_covers_it() -> None:
    covered = {source for sources in COVERED.values() for source in sources}
    assert {one for one in sources() if not (ROOT / "tests" / mirrored(one)).exists()} == covered


def test_what_covers_it_is_there() -> None:
    assert [one for one in COVERED if not (ROOT / "tests" / one).exists()] == []


def test_each_check_redactor_and_rule_has_a_test_file_of_its_own() -> None:
    kinds = tuple(f"core/{kind}/" for kind in ("checks", "redactors", "rules", "faults"))
    assert [one for covering in COVERED.values() for one in covering if one.startswith(kinds)] == []
