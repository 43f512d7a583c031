"""The platforms of a lab, one entry each: how to install the lab's certificate, what the platform forbids, and what to do otherwise.

Pages and hints in the log come from these entries. A test compares docs/tutorials/lab.md and docs/how-to/lab-devices.md with them.

Facts
-----
* `{base}` in a step is the address of the lab's pages, such as `http://192.168.0.2`.
* The facts about a platform are from its maker's documentation. If the documentation names no setting for a certificate, the entry says
  so: a later version may have one.
* Only Adobe can get a public certificate for Adobe's host. You can get one for your own name, but then the app has to ask for that name.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from gateway.core.platforms import word_for

Trust: TypeAlias = Literal["device", "build", "none"]
"""What can be made to trust the certificate: the whole device, an app that you build yourself, or nothing."""

TRUSTED_BY: dict[Trust, str] = {
    "device": "yes, in its settings",
    "build": "only an app that you build",
    "none": "no",
}
"""The text for a `Trust`, under the heading "takes the lab's certificate"."""

OWN_NAME = "Set a base URL in the app: a name that you hold, for which the gateway has a certificate of a public authority (listen.tls.cert_file)."
PLAIN = (
    "A build of yours may also use plain HTTP: http://, the gateway's address, and the port of a listener without tls."
)


class Platform(Struct, frozen=True):
    """One platform: how to set up its devices."""

    slug: str
    """Its word in addresses, such as `fire-tv`."""
    name: str
    trust: Trust
    steps: tuple[str, ...]
    """What to do, in this order."""
    limits: tuple[str, ...]
    """What the platform forbids, or does not do."""
    instead: tuple[str, ...]
    """What to do if the steps are not possible."""
    sources: tuple[str, ...]
    """Where that is documented."""
    form: str = ""
    """The form of the certificate that it takes (`lab/formats.py`); empty if it takes no certificate."""
    words: tuple[str, ...] = ()
    """The words for it in names of devices (`core/platforms.py`), if they differ from the slug."""

    @property
    def word(self) -> str:
        """The first of its words."""
        return self.words[0] if self.words else self.slug

    def steps_at(self, base: str) -> tuple[str, ...]:
        """Return the steps, with the address of the lab's pages. Without pages the address is empty, and the steps name only the files."""
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
            "Set the DNS server in your router (DHCP): RokuOS takes the network's.",
        ),
        (
            "Roku documents no setting for a certificate: each app names the file of authorities that it trusts, and most name the bundle of RokuOS (common:/certs/ca-bundle.crt).",
            "RokuOS adds its SSO headers only to requests for hosts that it knows: DNS keeps them, another base URL loses them.",
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
            "Open Settings, General, Privacy & Security. Move to Share Apple TV Analytics (older: Send Data to Apple), and press Play on the remote: Add Profile appears.",
            "Enter {base}/ca.mobileconfig, and install the profile. Apple Configurator on a Mac can do the same.",
            "Open Settings, General, About, Certificate Trust Settings, and switch the lab's root on.",
            "Open Settings, Network, your network, Configure DNS, Manual, and enter the gateway's address.",
        ),
        ("An app that pins Adobe's certificate does not accept the lab's.",),
        ("For an app that pins: a build of yours without the pin.", OWN_NAME),
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
            "Open Settings, General, About, Certificate Trust Settings, and switch the lab's root on: without this step it is not trusted for TLS.",
            "Open Settings, Wi-Fi, your network, Configure DNS, Manual, and enter the gateway's address.",
        ),
        (
            "A profile that was installed by hand is not trusted for TLS before it is switched on.",
            "An app that pins Adobe's certificate does not accept the lab's. An organisation may forbid profiles on its devices.",
        ),
        ("For an app that pins: a build of yours without the pin.", OWN_NAME),
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
            "Fire OS is an Android: an app for Android 7 or later trusts the authorities of the system alone, unless it says otherwise itself.",
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
            "An app for Android 7 or later trusts the authorities of the system alone, unless it says otherwise itself. So a certificate in the settings helps no store app.",
            "Some Chromecasts ask 8.8.8.8 whatever is set: redirect port 53, or use gateway lab redirect.",
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
            "Download {base}/ca.der. In Settings, search for CA certificate, and install the file: browsers then trust it.",
            'For an app of yours: in res/xml/network_security_config.xml, inside debug-overrides and trust-anchors, write <certificates src="user"/>.',
            "Set the gateway as the DNS server of the Wi-Fi network (static IP settings), and switch Private DNS off.",
        ),
        ("An app for Android 7 or later does not trust a certificate that you install, unless it says so itself.",),
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
            "Use a certificate whose root is in LG's list; the root of Let's Encrypt is there from webOS TV 5.0 on.",
            PLAIN,
        ),
        (
            "webOS TV trusts the roots in LG's list, and LG documents no setting for another. An app fails with net::ERR_INSECURE_RESPONSE.",
            "webOS TV before 5.x speaks TLS 1.2 at most.",
        ),
        ("The browser of the TV may still be used with plain HTTP, such as for this page.",),
        ("https://webostv.developer.lge.com/develop/specifications/tls",),
        words=("lg-tv",),
    ),
    Platform(
        "tizen",
        "Samsung TV (Tizen)",
        "none",
        (OWN_NAME, PLAIN),
        (
            "Samsung documents no setting for a certificate of yours; the certificates of Tizen Studio sign apps, and are something else.",
            "Samsung documents TLS 1.0 to 1.2, and SNI from the models of 2017 on: an older TV is shown the certificate of the first host.",
        ),
        ("For a TV before 2017: a listener of its own, so that the first host is the right one.",),
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
            "Download {base}/ca.der on a computer. In the console's Device Portal give it as the root certificate of Fiddler, with the gateway's address and the port of its proxy.",
            "Start the console anew: its apps then go through that proxy, and trust that certificate.",
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
            "Sony's guides for consoles document DNS and a proxy, and no setting for a certificate. What development kits can do is in documents for Sony's partners.",
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
        words=(
            *("chrome", "firefox", "safari", "edge", "opera"),
            *("curl", "wget", "python", "node", "java", "go"),
        ),
    ),
)
"""In the order in which pages and documentation show them."""

BY_SLUG = {platform.slug: platform for platform in PLATFORMS}
_BY_WORD = {word: platform for platform in PLATFORMS for word in platform.words or (platform.slug,)}


def of_word(word: str) -> Platform | None:
    """Return the platform for the word in a device's name, such as `lg-tv`; None without an entry."""
    return _BY_WORD.get(word)


def of_agent(agent: str) -> Platform | None:
    """Return the platform that a User-Agent names; None without an entry."""
    return of_word(word_for(agent))


def steps_line(platform: Platform, base: str) -> str:
    """Return the steps in one line, for a log."""
    return f"{platform.name}: {' '.join(platform.steps_at(base))}"
