"""What only the listing shows: modes and links."""

from __future__ import annotations

from doorward.inspect.listing_traits import listing_traits
from doorward.model.artifact import Listing, Member, MemberKind


def test_bits_that_give_rights_and_links_that_start_something() -> None:
    members = (
        Member("usr/bin/a", MemberKind.FILE, 1, "sha256:0", mode=0o4755),
        Member("usr/bin/b", MemberKind.FILE, 1, "sha256:0", mode=0o6755),
        Member("usr/bin/c", MemberKind.FILE, 1, "sha256:0", mode=0o755),
        Member("var/d", MemberKind.FILE, 1, "sha256:0", mode=0o666),
        Member("tmp", MemberKind.DIRECTORY, 0, "", mode=0o2777),
        Member(
            "data.tar.xz!/etc/systemd/system/multi-user.target.wants/x.service",
            MemberKind.SYMLINK, 0, "", link="/lib/x.service",
        ),
        Member("usr/lib/libx.so", MemberKind.SYMLINK, 0, "", link="libx.so.1"),
    )  # fmt: skip
    found = [(path, trait.kind, trait.key) for path, trait in listing_traits(Listing("", 0, "deb", members))]
    link = "etc/systemd/system/multi-user.target.wants/x.service"
    assert found == [
        ("usr/bin/a", "listing.set-id", "setuid"),
        ("usr/bin/b", "listing.set-id", "setuid and setgid"),
        ("var/d", "listing.world-writable", "world-writable"),
        (f"data.tar.xz!/{link}", "listing.hook-link", f"systemd-unit: {link} -> /lib/x.service"),
    ]
