"""XML and HTML: by the names of elements and attributes, however broken."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.secrets.markup import redact_markup
from gateway.core.secrets.policy import Policy
from gateway.core.secrets.pseudonyms import Pseudonyms
from gateway.core.secrets.scrub import Scrub
from tests.harness.for_each import for_each
from tests.planting import KEY, examples, untailed


def redacted(text: str) -> str:
    return untailed(redact_markup(text, Scrub(Pseudonyms(KEY), Policy())))


@for_each(
    ("text", "expected"),
    [
        ("<error><status>400</status><code>invalid_requestor</code><trace>8eb6eaa9</trace></error>", None),
        ("<zip>94107</zip>", "<zip>REDACTED-ZIP</zip>"),
        ("<ns:zip>\n 94107\n</ns:zip>", "<ns:zip>\n REDACTED-ZIP\n</ns:zip>"),
        ("<zip><![CDATA[94107]]></zip>x", "<zip><![CDATA[REDACTED-ZIP]]></zip>x"),
        ("<zip><![CDATA[94107", "<zip><![CDATA[REDACTED-ZIP"),
        ("<zip>94107", "<zip>REDACTED-ZIP"),
        ("<x zip='94107' a=\"94107\"/>94107", "<x zip='REDACTED-ZIP' a=\"94107\"/>94107"),
        ("<x zip=94107>", "<x zip=REDACTED-ZIP>"),
        (
            "<userID><state>enc</state><value>v</value></userID>",
            "<userID><state>enc</state><value>REDACTED-USER</value></userID>",
        ),
        ("<zip/><a>94107</a>", None),
        ("<zip><br></zip>94107", None),
        ("<a><b></a>94107</b>", None),
        ("<a href='/x?ast=1&amp;mvpd=2'>", "<a href='/x?ast=REDACTED-TOKEN&amp;mvpd=2'>"),
        ("<userID>a&amp;b</userID>", "<userID>REDACTED-USER</userID>"),
        ("a < b <zip>94107</zip>", "a < b <zip>REDACTED-ZIP</zip>"),
        ("<!-- <zip>94107</zip> -->", None),
        ("<a title='zip=\"1\"' b>x</a>", None),
        ("&lt;zip&gt;94107", "&lt;zip&gt;REDACTED-ZIP"),
        (
            "<authz>&lt;zip a=&quot;1&quot;&gt;94107&lt;/zip&gt;</authz>",
            "<authz>&lt;zip a=&quot;1&quot;&gt;REDACTED-ZIP&lt;/zip&gt;</authz>",
        ),
        (
            '<input type="hidden" name="SAMLResponse" value="PHNhbWw">',
            '<input type="hidden" name="SAMLResponse" value="REDACTED-TOKEN">',
        ),
        (
            '<saml:Attribute Name="userID"><saml:AttributeValue xsi:type="xs:string">ada</saml:AttributeValue></saml:Attribute>',
            '<saml:Attribute Name="userID"><saml:AttributeValue xsi:type="xs:string">REDACTED-USER</saml:AttributeValue></saml:Attribute>',
        ),
        ('<Attribute Name="role"><AttributeValue>admin</AttributeValue></Attribute>', None),
        ('<textarea name="password">x</textarea>', '<textarea name="password">REDACTED-PASSWORD</textarea>'),
        ('<property name="password">x</property>', '<property name="password">REDACTED-PASSWORD</property>'),
        ('<add key="apiKey" value="abcd"/>', '<add key="apiKey" value="REDACTED-TOKEN"/>'),
        (
            "<param><name>password</name><value>x</value></param><param><name>page</name><value>x</value></param>",
            "<param><name>password</name><value>REDACTED-PASSWORD</value></param><param><name>page</name><value>x</value></param>",
        ),
        (
            "<dict><key>token</key><string>abcd</string><key>page</key><string>abcd</string></dict>",
            "<dict><key>token</key><string>REDACTED-TOKEN</string><key>page</key><string>abcd</string></dict>",
        ),
        ('<form name="login"><p>Welcome</p><a name="password">Forgot it?</a></form>', None),
        ('<string name="password">Your password</string>', None),
        ('<input name="q" value="news"><input name="lang" value="en">', None),
        ('<meta content="abcd1234" name="csrf-token">', '<meta content="REDACTED-TOKEN" name="csrf-token">'),
        ('<code class="language-python">x = 1</code>', None),
        ("<regcode><code>TJJCFK</code></regcode>", "<regcode><code>REDACTED-CODE</code></regcode>"),
        ("<html><body>Type <code>ABC123</code> or <code>PROMO50</code></body></html>", None),
        ("<currency><code>USD</code></currency>", None),
        (
            '<script type="application/json">{"p":{"userID":"a","h":"<b>"}}</script><zip>94107</zip>',
            '<script type="application/json">{"p":{"userID":"REDACTED-USER","h":"<b>"}}</script><zip>REDACTED-ZIP</zip>',
        ),
        (
            '<SCRIPT src=\'/x?ast=1\'>w = {"userID":"a"}</SCRIPT>',
            '<SCRIPT src=\'/x?ast=REDACTED-TOKEN\'>w = {"userID":"REDACTED-USER"}</SCRIPT>',
        ),
        (
            "<script>{&quot;userID&quot;:&quot;a&quot;}</script>",
            "<script>{&quot;userID&quot;:&quot;REDACTED-USER&quot;}</script>",
        ),
        ('<p>{"userID":"a"}</p>', '<p>{"userID":"REDACTED-USER"}</p>'),
        ("<script/><zip>94107</zip>", "<script/><zip>REDACTED-ZIP</zip>"),
        ('<style>a > b { content: "x" }</style><script>if (a < b && c) { d = "e" }', None),
    ],
)
def test_the_names_that_lead_to_a_text_say_whether_it_is_secret(text: str, expected: str | None) -> None:
    assert redacted(text) == (expected or text)
    assert redacted(redacted(text)) == redacted(text)


@examples(200)
@given(st.text(alphabet="<>/!-[]CDATA \"'=&;ab", max_size=80))
def test_what_holds_no_secret_keeps_its_bytes_however_broken(text: str) -> None:
    assert redacted(text) == text
