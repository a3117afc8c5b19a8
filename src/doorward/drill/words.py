"""Ordinary words that names of files, functions and hosts are made of, so that none tells anything."""

from __future__ import annotations

__all__ = ["NOUNS", "PLACES", "SERVICES", "TAKEN", "VERBS"]

VERBS: tuple[str, ...] = tuple(
    """
    apply ask build check clean close collect compute copy decode derive detect emit ensure expand fetch
    fill find finish flush gather get handle init inspect join keep load lookup make merge normalize
    open pack parse patch prepare probe pull push query read refresh register release reset resolve
    restore run save scan select send setup split start stat store submit sync take touch trim try
    unpack update validate verify wrap write
    """.split()  # noqa: SIM905 -- a word list reads better as text
)
NOUNS: tuple[str, ...] = tuple(
    """
    agent align anchor args arena asset backend batch block body bound branch buffer bundle cache chain
    channel chunk client code config context counter cursor data delta digest edge entry event extra
    feature feed field file filter flags folder frame group guard handle header hint hook index info
    input item job key kind label layer leaf length level limit line link list locale lock log manifest
    mark mask matrix meta mode module node note offset option order output owner page pair param part
    path pattern peer plan point policy pool port prefix profile proxy queue range rate record region
    report request result root route row rule sample schema scope seed segment session shape signal size
    slot source span spec stage state status step store stream suffix table tag target task term text
    theme tick token total trace track tree unit usage value vector version view weight window word
    worker zone
    """.split()  # noqa: SIM905 -- a word list reads better as text
)
PLACES: tuple[str, ...] = tuple(
    """
    acorn alder amber anvil apex arbor aspen atlas aurora basalt beacon birch blue bolt boulder breeze
    brook canyon cedar cinder clear cliff cloud cobalt copper coral crest crystal dawn delta dune echo
    elm ember falcon fern field fjord flint forge frost garnet glacier granite green grove harbor haven
    hazel heron hollow indigo iron island ivory jade juniper lake lark lotus lunar maple marble meadow
    mesa mint mist moon moss north oak ocean onyx opal orbit orchid otter pearl pine pixel plain prairie
    quartz quill rain raven reef ridge river robin rock rose sable sage salt sand shore silver sky slate
    snow solar south spark spring spruce star stone storm summit swift terra thistle timber topaz trail
    tulip vale velvet violet walnut wave west willow wind wolf
    """.split()  # noqa: SIM905 -- a word list reads better as text
)
SERVICES: tuple[str, ...] = tuple(
    """
    api app assets auth cdn check cloud collect data dl edge events feed files gateway ingest licence
    log mail metrics mirror ns1 packages pool portal push registry relay repo s static stats status sync
    telemetry time tracker update updates upload v2 web www
    """.split()  # noqa: SIM905 -- a word list reads better as text
)
# Reserved words and common names of Python, JavaScript, C and C#: no identifier may be one.
TAKEN: frozenset[str] = frozenset(
    """
    and as assert async await base break case char class continue data def default del do double elif
    else enum event except extern false filter finally float for format from function global goto hash
    if import in index inline input int is lambda let list lock log long map new none nonlocal not null
    object open or out params pass private protected public raise range ref return short signed stat
    static string struct switch this throw time true try type typeof union unsigned var void volatile
    while with yield
    """.split()  # noqa: SIM905 -- a word list reads better as text
)
