"""Colours of nicks."""

from reference_client import palette


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2.1)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_each_colour_is_readable_on_light_and_on_dark() -> None:
    """The contrast to white and to black is 3.5 : 1 at least, and the colours are of the 256-colour cube."""
    for colour in palette.COLOURS:
        light = luminance(colour) + 0.05
        assert min(1.05 / light, light / 0.05) >= 3.5
        assert {colour[1:3], colour[3:5], colour[5:7]} <= {"00", "5f", "87", "af", "d7", "ff"}
    assert len(set(palette.COLOURS)) == len(palette.COLOURS) == 20


def test_a_nick_keeps_its_colour() -> None:
    """It is the same in every run, whatever the case, and nicks have different ones."""
    assert palette.colour("alice") == palette.colour("ALICE") == "#af00ff"
    assert len({palette.colour(f"nick{number}") for number in range(200)}) == len(palette.COLOURS)
