"""What dependencies, people and the registry's statements mean when they are new."""

from __future__ import annotations

from doorward.model.trait import Channel, Suspicion, TraitKind

__all__ = [
    "ALIAS",
    "BUILD",
    "CONFUSABLE",
    "DEVELOPMENT",
    "DIRECT_URL",
    "EXTRA",
    "KINDS",
    "LINK",
    "LISTED",
    "LISTED_URL",
    "NEW",
    "PERSON",
    "REGISTRY_KINDS",
]

LOOK = (
    "Inspect that package too: `doorward inspect` it against nothing, and see how old it is and who owns it."
)

NEW = TraitKind(
    "dependency.new",
    Channel.DEPENDENCY,
    Suspicion.MEDIUM,
    "needs {key}",
    "Whoever owns a dependency runs code wherever the package runs: a back door need not be in the package.",
    "Packages gain dependencies in ordinary development.",
    LOOK,
    ("T1195.001",),
)
EXTRA = TraitKind(
    "dependency.extra",
    Channel.DEPENDENCY,
    Suspicion.WEAK,
    "can be installed with {key}",
    "An optional dependency reaches those who ask for the extra, or whose package manager installs it.",
    "Extras for tests, documentation and optional features change often.",
    LOOK,
    ("T1195.001",),
)
DIRECT_URL = TraitKind(
    "dependency.direct-url",
    Channel.DEPENDENCY,
    Suspicion.STRONG,
    "takes a dependency from {key}, not from the registry",
    "An address outside of the registry can serve other bytes tomorrow, unreviewed and unlogged.",
    "A fork that waits for its release; a path within the project.",
    "Pin it to a release of the registry, or to a digest.",
    ("T1195.001", "T1105"),
)
ALIAS = TraitKind(
    "dependency.alias",
    Channel.DEPENDENCY,
    Suspicion.MEDIUM,
    "installs another package under a known name: {key}",
    "Code that asks for one package gets another.",
    "Two versions side by side; drop-in replacements.",
    LOOK,
    ("T1195.001", "T1036"),
)
BUILD = TraitKind(
    "dependency.build",
    Channel.DEPENDENCY,
    Suspicion.WEAK,
    "needs {key} to be built",
    "A build requirement runs on every machine that builds from source, before any test.",
    "Build backends and their plug-ins.",
    LOOK,
    ("T1195.001",),
)
LISTED = TraitKind(
    "dependency.listed",
    Channel.DEPENDENCY,
    Suspicion.CONTEXT,
    "lists {key} in a requirements file",
    "Nothing is installed from such a file unless somebody asks for it.",
    "Requirements of tests, examples and documentation.",
    LOOK,
)
LISTED_URL = TraitKind(
    "dependency.listed-url",
    Channel.DEPENDENCY,
    Suspicion.WEAK,
    "a requirements file takes something from {key}",
    "Whoever installs from the file gets what that address serves.",
    "Development versions of sister projects.",
    LOOK,
    ("T1195.001",),
)
DEVELOPMENT = TraitKind(
    "dependency.development",
    Channel.DEPENDENCY,
    Suspicion.CONTEXT,
    "is developed with {key}",
    "Development dependencies do not reach those who install the package.",
    "Tools of the developers.",
    LOOK,
)
CONFUSABLE = TraitKind(
    "dependency.confusable",
    Channel.DEPENDENCY,
    Suspicion.STRONG,
    "has dependencies whose names are easily confused: {key}",
    "A name one letter away from a trusted one is the commonest disguise of hostile packages.",
    "Families of packages with short names.",
    LOOK,
    ("T1036.005", "T1195.001"),
)
PERSON = TraitKind(
    "manifest.person",
    Channel.SIGNATURE,
    Suspicion.WEAK,
    "names {key} as author or maintainer",
    "Projects are handed over before they are abused, and the new owner often signs.",
    "People join and change addresses.",
    "Look for the announcement of the change.",
    ("T1195.002",),
)
LINK = TraitKind(
    "manifest.link",
    Channel.REACH,
    Suspicion.WEAK,
    "links to {key} as its home",
    "A copy that pretends to be the project links to another repository, or a stolen one moves.",
    "Projects move their pages.",
    "Follow the link and compare its owner.",
)
PACKAGE_KINDS = (
    LISTED_URL,
    NEW,
    EXTRA,
    DIRECT_URL,
    ALIAS,
    BUILD,
    LISTED,
    DEVELOPMENT,
    CONFUSABLE,
    PERSON,
    LINK,
)

REGISTRY_KINDS = (
    TraitKind(
        "provenance.absent",
        Channel.SIGNATURE,
        Suspicion.MEDIUM,
        "comes without provenance",
        "Releases built by the project's own pipeline carry an attestation; one published with a stolen token"
        " has none.",
        "A release made by hand, or by another pipeline.",
        "Ask why the pipeline was left out.",
        ("T1195.002", "T1078"),
        closed_keys=True,
    ),
    TraitKind(
        "registry.publisher",
        Channel.SIGNATURE,
        Suspicion.MEDIUM,
        "was published by {key}",
        "A stolen or newly added account publishes first what the owner never would.",
        "Another maintainer, or a robot, made the release.",
        "See since when the account may publish.",
        ("T1078",),
    ),
    TraitKind(
        "registry.maintainer",
        Channel.SIGNATURE,
        Suspicion.WEAK,
        "may be published by {key}",
        "Who may publish may replace the package for everybody.",
        "Teams grow.",
        "Look for the announcement of the change.",
        ("T1098",),
    ),
    TraitKind(
        "registry.install-script",
        Channel.HOOK,
        Suspicion.STRONG,
        "runs a script when it is installed, as the registry says",
        "Installing must not run what nobody asked for: most back doors in registries begin in such a hook.",
        "Packages with native code build or fetch it so.",
        "Read the script in the package.",
        ("T1195.002",),
        closed_keys=True,
    ),
)

KINDS = PACKAGE_KINDS + REGISTRY_KINDS
