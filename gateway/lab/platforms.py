"""The platforms of a lab. Each entry says how to install the lab's certificate, what the platform forbids, and what else is possible.

Pages and hints in the log come from these entries. A test compares docs/tutorials/lab.md and docs/how-to/lab-devices.md with them.

Facts
-----
* `{base}` in a step is the address of the lab's pages, such as `http://192.168.0.2`.
* The facts about a platform are from its maker's documentation. If the documentation names no setting for a certificate, the entry says
  so. A later version may have one.
* Only Adobe can get a public certificate for Adobe's host. You can get one for a name of yours. Then the app has to use that name.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from gateway.core.platforms import word_for

Trust: TypeAlias = Literal["device", "build", "none"]
"""What can trust the certificate: the whole device, only an app that you build, or nothing."""

TRUSTED_BY: dict[Trust, str] = {
    "device": "yes, in its settings",
    "build": "only an app that you build",
    "none": "no",
}
"""The text for each `Trust`, under the heading "takes the lab's certificate"."""

OWN_NAME = "In the app, set a base URL with a host name that you own. For this name the gateway needs a public authority's certificate (listen.tls.cert_file)."
PLAIN = "An app that you build may also use plain HTTP: http://, the gateway's address, and the port of a listener without tls."


class Platform(Struct, frozen=True):
    """One platform: how to set up its devices."""

    slug: str
    """The platform's word in addresses, such as `fire-tv`."""
    name: str
    trust: Trust
    steps: tuple[str, ...]
    """The steps to set up a device, in this order."""
    limits: tuple[str, ...]
    """What the platform forbids, or cannot do."""
    instead: tuple[str, ...]
    """What to do if the steps are not possible."""
    sources: tuple[str, ...]
    """The pages of the documentation."""
    form: str = ""
    """The form of the certificate for this platform (`lab/formats.py`). Empty if the platform takes no certificate."""
    words: tuple[str, ...] = ()
    """The platform's words in names of devices (`core/platforms.py`), if they differ from the slug."""

    @property
    def word(self) -> str:
        """The first of the platform's words."""
        return self.words[0] if self.words else self.slug

    def steps_at(self, base: str) -> tuple[str, ...]:
        """Return the steps with the address of the lab's pages. An empty `base` means no pages: the steps then name only the files."""
        return tuple(step.replace("{base}/", f"{base}/" if base else "") for step in self.steps)


PLATFORMS: tuple[Platform, ...] = (
    Platform(
        "roku",
        "Roku",
        "build",
        (
            "Download {base}/ca.pem, and put it into the app's package as pkg:/source/lab-ca.pem.",
            'Call SetCertificatesFile("pkg:/source/lab-ca.pem") on each roUrlTransfer before its request.',
            "Load the package onto the Roku as a developer build.",
            "Set the DNS server in your router (DHCP). RokuOS uses the network's DNS server.",
        ),
        (
            "Roku documents no setting for a certificate. Each app names a file with the authorities that it trusts, and most apps name RokuOS's own file (common:/certs/ca-bundle.crt).",
            "RokuOS adds its SSO headers only to requests for hosts that it knows. With DNS the headers stay. With another base URL they are missing.",
        ),
        (OWN_NAME, PLAIN),
        (
            "https://developer.roku.com/dev/docs/ifhttpagent",
            "https://developer.roku.com/dev/docs/rourltransfer",
        ),
        form="pem",
    ),
    Platform(
        "apple-tv",
        "Apple TV (tvOS)",
        "device",
        (
            "Open Settings, General, Privacy & Security. Move to Share Apple TV Analytics (older: Send Data to Apple), and press Play on the remote. Then Add Profile appears.",
            "Enter {base}/ca.mobileconfig, and install the profile. Apple Configurator on a Mac can do the same.",
            "Open Settings, General, About, Certificate Trust Settings, and switch the lab's root on.",
            "Open Settings, Network, your network, Configure DNS, Manual, and enter the gateway's address.",
        ),
        ("An app that pins Adobe's certificate does not accept the lab's.",),
        ("If the app pins a certificate, build it without the pin.", OWN_NAME),
        (
            "https://developer.apple.com/documentation/devicemanagement/certificateroot",
            "https://developer.apple.com/library/archive/qa/qa1948/_index.html",
            "https://github.com/iBaa/PlexConnect/wiki/Install-Guide-Certificate-via-Ethernet",
        ),
        form="mobileconfig",
    ),
    Platform(
        "ios",
        "iPhone and iPad",
        "device",
        (
            "Open {base}/ca.mobileconfig in Safari, and allow the download.",
            "Open Settings, Profile Downloaded, Install.",
            "Open Settings, General, About, Certificate Trust Settings, and switch the lab's root on. Without this step, the root is not trusted for TLS.",
            "Open Settings, Wi-Fi, your network, Configure DNS, Manual, and enter the gateway's address.",
        ),
        (
            "A profile that you install by hand is not trusted for TLS until you switch it on.",
            "An app that pins Adobe's certificate does not accept the lab's. An organisation may forbid profiles on its devices.",
        ),
        ("If the app pins a certificate, build it without the pin.", OWN_NAME),
        (
            "https://support.apple.com/en-us/102390",
            "https://developer.apple.com/library/archive/qa/qa1948/_index.html",
        ),
        form="mobileconfig",
        words=("iphone", "ipad"),
    ),
    Platform(
        "fire-tv",
        "Fire TV",
        "build",
        (
            "Download {base}/ca.pem, and put it into the app as res/raw/lab_ca.pem.",
            'In res/xml/network_security_config.xml, inside debug-overrides and trust-anchors, write <certificates src="@raw/lab_ca"/>.',
            "Build a debuggable app, and install it with adb.",
            "Set the gateway as the DNS server of the network connection, or its proxy in the developer tools menu (Network Proxy).",
        ),
        (
            "Fire OS is based on Android. An app for Android 7 or later trusts only the system's authorities, unless the app itself names others.",
        ),
        (OWN_NAME, PLAIN),
        (
            "https://developer.android.com/privacy-and-security/security-config",
            "https://developer.amazon.com/docs/fire-tv/network-proxy.html",
        ),
        form="pem",
    ),
    Platform(
        "android-tv",
        "Android TV and Google TV",
        "build",
        (
            "Download {base}/ca.pem, and put it into the app as res/raw/lab_ca.pem.",
            'In res/xml/network_security_config.xml, inside debug-overrides and trust-anchors, write <certificates src="@raw/lab_ca"/>.',
            "Build a debuggable app, and install it with adb.",
            "Set the gateway as the DNS server of the network connection, and switch Private DNS off.",
        ),
        (
            "An app for Android 7 or later trusts only the system's authorities, unless the app itself names others. So an app from the store ignores a certificate in the settings.",
            "Some Chromecasts always ask 8.8.8.8. Redirect port 53, or use gateway lab redirect.",
        ),
        (OWN_NAME, PLAIN),
        ("https://developer.android.com/privacy-and-security/security-config",),
        form="pem",
        words=("android-tv", "chromecast"),
    ),
    Platform(
        "android",
        "Android phone or tablet",
        "build",
        (
            "Download {base}/ca.der. In Settings, search for CA certificate, and install the file. Then browsers trust it.",
            'For your own app: in res/xml/network_security_config.xml, inside debug-overrides and trust-anchors, write <certificates src="user"/>.',
            "Set the gateway as the DNS server of the Wi-Fi network (static IP settings), and switch Private DNS off.",
        ),
        (
            "An app for Android 7 or later does not trust a certificate that you install, unless the app itself says so.",
        ),
        (OWN_NAME, PLAIN),
        ("https://developer.android.com/privacy-and-security/security-config",),
        form="der",
    ),
    Platform(
        "webos",
        "LG TV (webOS)",
        "none",
        (
            OWN_NAME,
            "Use a certificate whose root is in LG's list. From webOS TV 5.0 on, the list has Let's Encrypt's root.",
            PLAIN,
        ),
        (
            "webOS TV trusts the roots in LG's list, and LG documents no setting for another root. With another root, an app fails with net::ERR_INSECURE_RESPONSE.",
            "webOS TV before 5.x speaks TLS 1.2 at most.",
        ),
        ("The TV's browser still opens pages over plain HTTP, such as this page.",),
        ("https://webostv.developer.lge.com/develop/specifications/tls",),
        words=("lg-tv",),
    ),
    Platform(
        "tizen",
        "Samsung TV (Tizen)",
        "none",
        (OWN_NAME, PLAIN),
        (
            "Samsung documents no setting for your own certificate. The certificates of Tizen Studio only sign apps.",
            "Samsung documents TLS 1.0 to 1.2, and SNI from the models of 2017 on. An older TV gets the certificate of the first host.",
        ),
        ("For a TV before 2017, use a separate listener whose first host is the right one.",),
        (
            "https://developer.samsung.com/smarttv/develop/faq/security.html",
            "https://developer.samsung.com/smarttv/develop/getting-started/setting-up-sdk/creating-certificates.html",
        ),
        words=("samsung-tv",),
    ),
    Platform(
        "xbox",
        "Xbox",
        "build",
        (
            "Switch the console to Developer Mode.",
            "Download {base}/ca.der on a computer. In the console's Device Portal, enter it as Fiddler's root certificate, with the gateway's address and the port of its proxy.",
            "Restart the console. Then its apps use the proxy, and trust the certificate.",
        ),
        (
            "Only a console in Developer Mode takes a certificate, and only together with a proxy. Retail games do not run in this mode.",
        ),
        (OWN_NAME, PLAIN),
        ("https://learn.microsoft.com/en-us/windows/uwp/xbox-apps/wdp-fiddler-api",),
        form="der",
    ),
    Platform(
        "playstation",
        "PlayStation",
        "none",
        (
            OWN_NAME,
            "Set the gateway as the primary DNS server: in Settings, Network, Set Up Internet Connection, advanced settings of your connection.",
        ),
        (
            "Sony's guides for consoles document DNS and a proxy, but no setting for a certificate. Documents for Sony's partners say what development kits can do.",
        ),
        (PLAIN,),
        ("https://manuals.playstation.net/document/en/ps5/", "https://manuals.playstation.net/document/en/ps4/"),
    ),
    Platform(
        "desktop",
        "Browser on a computer",
        "device",
        (
            "Linux: save {base}/ca.pem as /usr/local/share/ca-certificates/lab.crt, and run sudo update-ca-certificates.",
            'Chromium on Linux: certutil -d sql:$HOME/.local/share/pki/nssdb -A -t C,, -n "pass-gateway lab" -i ca.pem (before version 146: sql:$HOME/.pki/nssdb).',
            "macOS: sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain ca.pem",
            "Windows: download {base}/ca.der, and run certutil -addstore -f Root ca.der as administrator.",
            "Firefox: Settings, Privacy & Security, View Certificates, Authorities, Import: choose ca.pem for websites.",
            "Switch DNS over HTTPS off in the browser, and set the gateway as DNS server.",
        ),
        ("Firefox, and Chromium on Linux, have their own lists of authorities.",),
        ("gateway lab dns --format hosts prints lines for the computer's hosts file.",),
        (
            "https://chromium.googlesource.com/chromium/src/+/main/docs/linux/cert_management.md",
            "https://wiki.mozilla.org/CA/Changing_Trust_Settings",
        ),
        form="pem",
        words=("chrome", "firefox", "safari", "edge", "opera"),
    ),
    Platform(
        "program",
        "Program on a computer",
        "device",
        (
            "Download {base}/ca.pem, and give it to the program.",
            "curl: --cacert ca.pem.",
            "Node: the variable NODE_EXTRA_CA_CERTS=ca.pem, set before Node starts.",
            "Python: the variable SSL_CERT_FILE=ca.pem, or REQUESTS_CA_BUNDLE=ca.pem for requests.",
            "Java: -Djavax.net.ssl.trustStore=ca.p12 -Djavax.net.ssl.trustStorePassword=changeit, with {base}/ca.p12.",
            "Go and wget: SSL_CERT_FILE=ca.pem, or --ca-certificate=ca.pem.",
        ),
        ("Programs have their own lists of authorities, or use the computer's.",),
        (
            "gateway lab dns --format hosts prints lines for the computer's hosts file.",
            "If the API's address is a setting: write a name of lab.names there, such as localhost (docs/how-to/lab-certificate.md).",
        ),
        (
            "https://nodejs.org/api/cli.html#node_extra_ca_certsfile",
            "https://docs.python.org/3/library/ssl.html#ssl.SSLContext.load_default_certs",
            "https://curl.se/docs/sslcerts.html",
        ),
        form="pem",
        words=("curl", "wget", "python", "node", "java", "go"),
    ),
)
"""The platforms, in the order of pages and documentation."""

BY_SLUG = {platform.slug: platform for platform in PLATFORMS}
_BY_WORD = {word: platform for platform in PLATFORMS for word in platform.words or (platform.slug,)}


def of_word(word: str) -> Platform | None:
    """Return the platform for the word in a device's name, such as `lg-tv`. None if there is no entry."""
    return _BY_WORD.get(word)


def of_agent(agent: str) -> Platform | None:
    """Return the platform that a User-Agent names. None if there is no entry."""
    return of_word(word_for(agent))


def steps_line(platform: Platform, base: str) -> str:
    """Return the steps in one line, for a log."""
    return f"{platform.name}: {' '.join(platform.steps_at(base))}"
