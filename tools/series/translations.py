"""Where the terms of a .po file stand, as a series names it."""

TERMS = b"#: model_terms:"
VALUE = b"#: model:"


def for_series(content, series):
    """Return a .po file without places that mean something else in a series.

    11 calls a term of a view ``model:``, later ones ``model_terms:``; ours have both.
    From 12 on the first would be the translation of the whole view.

    :param bytes content: of the file
    :param int series: 11 to 19
    """
    if series < 12:
        return content
    entries = content.split(b"\n\n")
    return b"\n\n".join(_without_values(entry) for entry in entries)


def _without_values(entry):
    lines = entry.split(b"\n")
    terms = {line[len(TERMS):] for line in lines if line.startswith(TERMS)}
    return b"\n".join(
        line for line in lines
        if not line.startswith(VALUE) or line[len(VALUE):] not in terms)
