"""What config.yaml may say of the emulator."""

from __future__ import annotations

from pathlib import Path

from gateway.config import Config, EmulatorSection, load
from tests.config.reading import read, said
from tests.harness.for_each import for_each


@for_each(
    ("text", "logged_in"),
    [
        ("all", "all"),
        ("none", "none"),
        ("{}", {}),
        ("{tv-1: Dish}", {"tv-1": ("Dish",)}),
        ("{tv-1: [Dish, Verizon], tv-2: []}", {"tv-1": ("Dish", "Verizon"), "tv-2": ()}),
        ("{'1234': [Dish]}", {"1234": ("Dish",)}),
    ],
)
def test_whose_logins_exist(text: str, logged_in: object) -> None:
    assert read(f"emulator: {{logged_in: {text}}}").emulator.logged_in == logged_in


@for_each("value", ["some", "7", "[Dish]", "{tv: 7}", "{tv: [7]}", "null"])
def test_anything_else_is_refused(value: str) -> None:
    (line,) = said(f"emulator: {{logged_in: {value}}}")
    assert line.startswith("config.yaml emulator.logged_in: expected ")


def test_one_mvpd_stands_for_a_list() -> None:
    assert read("emulator: {mvpds: Verizon}").emulator.mvpds == ("Verizon",)


def test_a_catalogue_starts_in_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("emulator: {catalogue: mine.yaml}\n", "utf-8")
    assert load(file, {}, {}).emulator.catalogue == tmp_path / "mine.yaml"
    assert said("emulator: {catalogue: ''}") == ['config.yaml emulator.catalogue: expected a path, found ""']


def test_the_environment_says_it_too() -> None:
    environ = {
        "GATEWAY_EMULATOR__LOGGED_IN": "{tv-1: [Dish]}",
        "GATEWAY_EMULATOR__STRICT": "true",
        "GATEWAY_EMULATOR_CONTROL_TOKEN": "x",
    }
    found = load(Path("/dev/null"), environ, {}).emulator
    assert (found.logged_in, found.strict) == ({"tv-1": ("Dish",)}, True)


def test_a_map_takes_the_place_of_a_word_and_is_laid_over_a_map() -> None:
    given = {"emulator.logged_in": {"tv-2": ["Dish"]}}
    environ = {"GATEWAY_EMULATOR__LOGGED_IN": "{tv-2: [Dish]}"}
    for text, expected in (("none", {"tv-2": ("Dish",)}), ("{tv-1: Cox}", {"tv-1": ("Cox",), "tv-2": ("Dish",)})):
        for env, overrides in (({}, given), (environ, {})):
            Path("config.yaml").write_text(f"emulator: {{logged_in: {text}}}\n", "utf-8")
            assert load(None, env, overrides).emulator.logged_in == expected
    assert load(None, {}, {"emulator.logged_in": "all"}).emulator.logged_in == "all"


def test_only_what_the_emulator_alone_can_judge_needs_a_look() -> None:
    assert not Config().emulator.needs_a_look
    assert not EmulatorSection(logged_in="none", strict=True).needs_a_look
    assert EmulatorSection(logged_in={}).needs_a_look
    assert EmulatorSection(catalogue=Path("x")).needs_a_look
