"""Text that came from outside, made safe to look at: the only user of bleach (THREATS T9).

Autoescape and `escape` do the work; bleach is a second pair of eyes behind them. Nothing is taken away: what
cannot be seen is shown by name, and links lose their power to be clicked or copied by mistake.
"""

from __future__ import annotations

import re
import unicodedata

import bleach  # type: ignore[import-untyped]  # has no types of its own
from markupsafe import Markup, escape

_LINK = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20})://([^\s/?#]*)")
_WWW = re.compile(r"(?i)\b(www)\.(?=\S)")
_SCRIPT_LINK = re.compile(r"(?i)\b(javascript|data|vbscript|mailto|file|blob)(\s*:)(?=\S)")
_DEAD = {"http": "hxxp://", "https": "hxxps://", "ftp": "fxp://"}
_KEPT = "\n\t"
_ZERO_WIDTH_JOINERS = "\u200c\u200d"
# Right-to-left scripts, by the language of the text (ISO 639 primary subtags).
_RIGHT_TO_LEFT = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "nqo", "ps", "sd", "ug", "ur", "yi"})


def clean(text: str) -> Markup:
    """Text as HTML without tags: links defanged, invisible characters named."""
    shown = escape(visible(defang(text)))
    return Markup(bleach.clean(str(shown), tags=set(), attributes={}, protocols=set(), strip=True))  # noqa: S704


def defang(text: str) -> str:
    """Links that nothing opens: `hxxps://example[.]org`."""
    for pattern, replacement in ((_LINK, _defang_one), (_WWW, r"\1[.]"), (_SCRIPT_LINK, r"\1[:]")):
        text = pattern.sub(replacement, text)
    return text


def _defang_one(found: re.Match[str]) -> str:
    scheme, host = found.groups()
    dead = _DEAD.get(scheme.lower(), f"{scheme}[:]//")
    return f"{dead}{host.replace('.', '[.]')}"


def visible(text: str) -> str:
    """Every control, format, private or unassigned character by name; new lines and tabs stay."""
    # The pages normalise line ends; a lone carriage return is somebody's trick.
    text = text.replace("\r\n", "\n")
    return "".join(_show(text, at) for at in range(len(text))) if _odd(text) else text


def _odd(text: str) -> bool:
    return any(unicodedata.category(char)[0] == "C" and char not in _KEPT for char in text)


def _show(text: str, at: int) -> str:
    char = text[at]
    if char in _KEPT or unicodedata.category(char)[0] != "C" or _joins(text, at):
        return char
    return f"[U+{ord(char):04X} {_name(char)}]"


def _name(char: str) -> str:
    code = ord(char)
    if code < 0x20 or code == 0x7F:
        # Control characters have no names of their own, but their pictures have.
        picture = 0x2421 if code == 0x7F else 0x2400 + code
        return unicodedata.name(chr(picture)).removeprefix("SYMBOL FOR ")
    return unicodedata.name(char, "unnamed")


def _joins(text: str, at: int) -> bool:
    # Persian, Hindi, Bengali and composed pictures are spelled with joiners; between Latin letters they hide.
    before = text[at - 1] if at else ""
    if text[at] not in _ZERO_WIDTH_JOINERS or not before or ord(before) < 0x300:
        return False
    return unicodedata.category(before)[0] in "LMS"


def direction(language: str) -> str:
    """`rtl` or `ltr` for a language tag."""
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"
