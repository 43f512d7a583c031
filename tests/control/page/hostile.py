"""Texts that break out where something forgets to quote or to escape them."""

from __future__ import annotations

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus=alert(1) autofocus='",
    "</pre></textarea><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "$(touch broken-out)",
    "`touch broken-out`",
    "'; touch broken-out; '",
    "'\"'\"'; touch broken-out #",
    "\\'; touch broken-out; \\'",
    "a\ntouch broken-out\n",
    "a\r\ntouch broken-out",
    "!!",
    "it's $HOME and ~ and *",
    "@/etc/passwd",
    "-o/dev/null",
    "\x1b[201~\x1b]0;title\x07",
    "\u202egnp.exe",
    "caf\u00e9 \U0001f600",
    "''' + __import__('os').system('touch broken-out') + '''",
    "\\",
    "",
)
