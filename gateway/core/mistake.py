"""A mistake of a person, as opposed to a defect of the gateway."""


class Mistake(ValueError):  # noqa: N818  # it is no error of the program's
    """Its text is one message: where, what was found, what was expected; every problem at once. A command prints it and exits 2."""
