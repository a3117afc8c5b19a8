"""Open: bytes of an artifact in, a `Listing` of everything in it out; nothing is ever run.

Takes hostile files. Every byte of a container belongs to something or becomes an `Irregularity`;
where a format can be read in two ways (central directory and local headers, GNU and PAX), both
are read and must agree. Content is written to a spool under its own SHA-256, never under a name
that the artifact chose. Formats: APPNOTE.TXT 6.3.10 (zip), POSIX.1-2017 pax and GNU tar,
deb(5), rpm 4 headers, MS-CFB and MSI, MS-CAB.

Members that no archive names are listed under a name of ours, so that probes examine them:

- bytes that belong to nothing: `.zip/prepended`, `.zip/gap-1`, `.zip/trailing`, `.zip/comment`,
  `.gz/trailing` (and of the other streams), `.tar/behind-compression`, `.tar/trailing`, `.ar/trailing`,
  `.cpio/trailing`, `.rpm/trailing`, `.cab/gap-1`, `.cab/trailing`, `.cab/signature`, `.msi/trailing`,
  `.msi/unused-1`;
- what a package says of itself: `.rpm/header.json`, `.rpm/scriptlets/<name>` (first line
  `#!interpreter`), `.msi/<Table>.tsv`;
- a second member of the same name: `.duplicate/2/<name>`.
"""
