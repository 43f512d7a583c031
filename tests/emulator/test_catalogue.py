"""A catalogue says in what way it is wrong, all of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

from gateway.emulator import Catalogue, CatalogueError
from gateway.emulator.catalogue import BUILT_IN, Mvpd, built_in
from tests.harness.for_each import for_each

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "mvpds: {Dish: {profiles: [{type: regular}]}}\n"


def wrong(folder: Path, text: str) -> tuple[str, ...]:
    """Return what is wrong with a catalogue of this text."""
    path = folder / "mine.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(CatalogueError) as caught:
        Catalogue.load(path)
    return caught.value.problems


def test_the_catalogue_that_is_shipped_lists_the_samples_providers_in_order() -> None:
    catalogue = Catalogue.load()
    assert {mvpd.id: [profile.type for profile in mvpd.profiles] for mvpd in catalogue.mvpds} == {
        "Cablevision": ["regular"],
        "Dish": ["regular"],
        "Spectrum": ["serviceTokenSSO"],
        "Comcast_SSO": ["platformSSO"],
        "ATTOTT": ["degraded"],
        "TempPass_5mins": ["temporary"],
    }


def test_the_example_in_the_shipped_files_comments_is_a_catalogue() -> None:
    head, _, _ = BUILT_IN.read_text("utf-8").partition("#   type ")
    example = "\n".join(line.removeprefix("#   ") for line in head.splitlines() if line.startswith("#   "))
    catalogue = Catalogue.parse(yaml.safe_load(example), over=Catalogue.parse({"mvpds": {"Cox": None}}))
    assert catalogue.find("OtherName")
    assert not catalogue.find("Cox")
    assert catalogue.mvpds[0] == Mvpd("Verizon")


def test_a_file_of_ones_own_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD, "utf-8")
    assert Catalogue.load(tmp_path / "mine.yaml").find("Dish")


@for_each(
    ("text", "problem"),
    [
        ("[]", "top level: expected a mapping, found []"),
        ("", "top level: expected a mapping, found None"),
        (GOOD + "device: {}", "top level: unknown key 'device'; did you mean devices?"),
        (GOOD + "service_providers: all", "service_providers: expected the word any, or a list of ids, found 'all'"),
        (GOOD + "devices: {a: 1}", "devices.a: expected a mapping, found 1"),
        (
            GOOD + "devices: {a: {sequence: {Dsih: []}}}",
            "devices.a.sequence.Dsih: expected an MVPD of the catalogue, found 'Dsih'; did you mean Dish?",
        ),
        (GOOD + "most_resources: 0", "most_resources: expected a number from 1 to 1000, found 0"),
        (
            GOOD + "resources: {a: denied}",
            "resources.a: expected deny, a documented code of v2, or a mapping with a rating, found 'denied'; did you mean deny?",
        ),
        (GOOD + "resources: {a: {}}", "resources.a: expected a key rating, found none"),
        (GOOD + "applications: {a: {approved: 1}}", "applications.a.approved: expected true or false, found 1"),
        (
            "mvpds: {a: {error: invalid_integratoin}}",
            "mvpds.a.error: expected a documented code of v2, found 'invalid_integratoin'; did you mean invalid_integration?",
        ),
        (
            "mvpds: {a: {degradation: all}}",
            "mvpds.a.degradation: expected AuthZAll, AuthZNone, found 'all'",
        ),
        (
            "mvpds: {a: {service_providers: some}}",
            "mvpds.a.service_providers: expected the word any, the word none, or a list of ids, found 'some'",
        ),
        (
            "mvpds: {a: {profiles: [{type: regular, lasts: 0}]}}",
            "mvpds.a.profiles[0].lasts: expected a number of seconds above 0, and at most 315360000, found 0",
        ),
        (
            "mvpds: {a: {profiles: [{type: regular, resources: 2}]}}",
            "mvpds.a.profiles[0].resources: expected no resources for type regular, found 2",
        ),
        ("mvpds: {Dish: {profiles: []}}", "mvpds.Dish.profiles: expected one profile or more, found none"),
        ("mvpds: {Dish: {profiles: {}}}", "mvpds.Dish.profiles: expected a list, found {}"),
        (
            "mvpds: {off: {profiles: [{type: regular}]}}",
            "mvpds.False: expected a text (in quotes, if YAML reads it as another type), found False",
        ),
        (
            "mvpds: {a: {profiles: [{type: irregular}]}}",
            "mvpds.a.profiles[0].type: expected one of regular, appleSSO, platformSSO, serviceTokenSSO, degraded, temporary, found 'irregular'",
        ),
        (
            "mvpds: {a: {profiles: [{type: temporary, logout_url: /x}]}}",
            "mvpds.a.profiles[0].logout_url: expected no logout_url for type temporary, found '/x'",
        ),
        (
            "mvpds: {a: {profiles: [{type: regular, logout_url: '/x?{who}'}]}}",
            (
                "mvpds.a.profiles[0].logout_url: expected only the placeholders {mvpd}, {service_provider}, {redirect_url}, "
                "{redirect_url_as_http}, {pt_device_id}, found {who}"
            ),
        ),
        (
            "mvpds: {a: {aliases: [b], profiles: [{type: regular}]}, b: {profiles: [{type: regular}]}}",
            "mvpds.b: expected its own names, found 'b', which a also has",
        ),
        (
            "mvpds: {a: {profiles: [{type: regular, attributes: {born: 2001-01-01}}]}}",
            "mvpds.a.profiles[0].attributes.born: expected a text, a number, a list or a mapping, found datetime.date(2001, 1, 1)",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, problem: str) -> None:
    assert wrong(tmp_path, text) == (f"mine.yaml {problem}",)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    problems = wrong(tmp_path, "service_providers: 1\nmvpds: {a: {profiles: [{typ: regular}, 7]}}\nother: 1\n")
    assert [problem.partition(":")[0] for problem in problems] == [
        "mine.yaml top level",
        "mine.yaml mvpds.a.profiles[0]",
        "mine.yaml mvpds.a.profiles[0]",
        "mine.yaml mvpds.a.profiles[1]",
        "mine.yaml service_providers",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("mvpds:\n  a: {}\n  a: {}\n", "mine.yaml:3: the key 'a' is there twice"),
        ("a: [", "mine.yaml:1: "),
        ("a: !!python/object:os.system {}", "mine.yaml:1: "),
        ("a: 2001-99-99", "mine.yaml: not YAML: "),
        ("mvpds: {a: {profiles: [{type: regular, attributes: &x {y: *x}}]}}", "mine.yaml: nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    (said,) = wrong(tmp_path, text)
    assert said.startswith(problem)


def test_a_file_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"none\.yaml: cannot be read: "):
        Catalogue.load(tmp_path / "none.yaml")


def test_a_file_is_laid_over_the_built_in_catalogue(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "mvpds: {Verizon: , Dish: {name: Mine}, ATTOTT: off}\nservice_providers: [REF30]\n", "utf-8"
    )
    catalogue = Catalogue.load(tmp_path / "mine.yaml", over=built_in())
    assert [mvpd.id for mvpd in catalogue.mvpds] == [
        "Cablevision",
        "Dish",
        "Spectrum",
        "Comcast_SSO",
        "TempPass_5mins",
        "Verizon",
    ]
    assert catalogue.find("Dish") == Mvpd("Dish", name="Mine")
    assert catalogue.service_providers == frozenset({"REF30"})
    assert catalogue.devices == built_in().devices


def test_a_name_makes_an_mvpd_of_an_ordinary_kind() -> None:
    catalogue = built_in().and_also(["Verizon", "Dish", "Verizon"])
    assert [mvpd.id for mvpd in catalogue.mvpds[6:]] == ["Verizon"]
    assert catalogue.find("Verizon") == Mvpd("Verizon")
