"""How numbers of things are said."""


def many(count: int, noun: str) -> str:
    """Return `1 call`, `2,000 calls`, `2 entries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"
