"""A mistake of a person, as opposed to a defect of the gateway."""


class Mistake(ValueError):  # noqa: N818  # not an error of the program
    """Its text lists every problem: the place, the found value, and the expected value. A command prints the text and exits 2."""
