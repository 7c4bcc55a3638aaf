"""Columns that a block names: by themselves, and in the braces of templates."""

from string import Formatter

from streams.mapping.document import EventBlock

ROW_KEY = "row"  # in a template: the number of the row


def template_columns(template: str) -> list[str]:
    """Return the columns that a template names in braces.

    Parameters
    ----------
    template : str
        For example ``"{plant}-{line}"``; ``{row}`` is the number of the row.

    Raises
    ------
    ValueError
        If the braces do not match.

    Examples
    --------
    >>> template_columns("{plant}-{row}")
    ['plant']
    """
    return [name for name in template_names(template) if name != ROW_KEY]


def template_names(template: str) -> list[str]:
    """Return all names in the braces of a template, also that of the row.

    Raises
    ------
    ValueError
        If the braces do not match.
    """
    return [name for _, name, _, _ in Formatter().parse(template) if name is not None]


def named_columns(block: EventBlock) -> list[tuple[str, str]]:
    """Return where a block names a column, and the column."""
    named = [(f"where {n}", c.column) for n, c in enumerate(block.where, 1)]
    named += [("group_by", column) for column in block.group_by]
    for key, value in {"time": block.time, **block.fields}.items():
        columns = [value.column, *(value.columns or []), value.minus]
        named += [(key, column) for column in columns if column is not None]
        named += [(key, c) for c in template_columns(value.template or "")]
    return named + [("id", c) for c in template_columns(block.id or "")]
