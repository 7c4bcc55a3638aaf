"""Words of the Core Business Vocabulary, however a document writes them.

References
----------
GS1 Core Business Vocabulary 2.0 (2022), section 7.
"""

import re
from collections.abc import Mapping, Sequence

from streams.epcis.identifiers import OWN

# One word, four ways: bare, CURIE, Web URI, and the URN of EPCIS 1.
STANDARD = re.compile(
    r"(?:urn:epcglobal:cbv:\w+:"
    r"|(?:cbv:|gs1:|https?://(?:ref|ns)\.gs1\.org/(?:cbv|voc)/"
    r"|https?://(?:www\.)?gs1\.org/voc/)(?:(?:BizStep|Bizstep|Disp|BTT|SDT|ER|Comp)-)?)"
    r"(\w+)",
    re.ASCII,
)

# Dispositions of goods that did not pass.
REJECTED = frozenset(
    {
        "damaged",
        "destroyed",
        "disposed",
        "expired",
        "mismatch_class",
        "mismatch_instance",
        "mismatch_quantity",
        "needs_replacement",
        "no_pedigree_match",
        "non_conformant",
        "non_sellable_other",
        "recalled",
        "stolen",
    }
)

Prefixes = Mapping[str, str]


def prefixes_of(context: object) -> dict[str, str]:
    """Return the namespaces that a JSON-LD context defines, by prefix.

    Parameters
    ----------
    context : object
        Value of ``@context``: a URI, an object, or an array of both.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> prefixes_of(["https://ref.gs1.org/x.jsonld", {"ex": "http://ex.org/"}])
    {'ex': 'http://ex.org/'}
    """
    parts = context if isinstance(context, Sequence) else [context]
    found: dict[str, str] = {}
    for part in parts:
        if isinstance(part, Mapping):
            found.update(
                {name: uri for name, uri in part.items() if isinstance(uri, str)}
            )
    return found


def word(text: str, prefixes: Prefixes) -> str:
    """Return a word of the vocabulary bare, any other in full.

    Parameters
    ----------
    text : str
        A bare word, a CURIE or a URI.
    prefixes : Mapping of str to str
        Namespaces of the document.

    Returns
    -------
    str

    Examples
    --------
    >>> word("urn:epcglobal:cbv:bizstep:shipping", {}), word("cbv:Disp-damaged", {})
    ('shipping', 'damaged')
    >>> word("ex:cooling", {"ex": "http://ex.org/steps/"})
    'http://ex.org/steps/cooling'
    """
    match = STANDARD.fullmatch(text)
    if match is not None:
        return match[1]
    prefix, colon, rest = text.partition(":")
    if colon and prefix in prefixes and not rest.startswith("//"):
        return prefixes[prefix] + rest
    return text


def own_word(kind: str, text: str) -> str:
    """Return a word of ours as a URI: what the vocabulary has no word for.

    Examples
    --------
    >>> own_word("bizstep", "adjustment")
    'urn:millstream:bizstep:adjustment'
    """
    return f"{OWN}{kind}:{text}"
