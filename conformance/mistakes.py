"""The usual mistakes: in a student's words, and which shipped faulty servers make each of them.

A faulty server often describes one server's quirk; what helps somebody else is the mistake behind it. Every shipped
faulty server belongs to exactly one.
"""

# In the order of the specification: of two that are equally likely, the first is named.
_TABLE = {
    "what is sent is not ten octets of header and then as many as it says": (
        "length-counts-header miscounts-a-hundred newline-after-frame newline-after-leave refuses-in-two-lines "
        "short-header"
    ),
    "the header that is sent has more in it than digits and spaces": (
        "scientific-header grouped-header nul-filled-header refuses-with-a-line-feed signed-header"
    ),
    "only one way to fill a header is understood": (
        "reads-octal refuses-centred refuses-right-justified refuses-zero-filled strips-zeros wants-a-space"
    ),
    "the header is read by a number parser that takes more than digits and spaces": (
        "accepts-foreign-digits accepts-hex accepts-inner-spaces accepts-line-feed-at-the-end accepts-no-break-space "
        "accepts-number-suffix accepts-sign accepts-sign-behind-spaces accepts-tabs accepts-trailing-junk accepts-underscore"
    ),
    "a malformed header does not close the connection at once": (
        "closes-bad-header-late leaves-bad-header-open skips-bad-header skips-blank-header skips-to-the-next-header"
    ),
    "characters are counted where octets should be": (
        "counts-composed counts-nick-in-characters counts-six-for-emoji length-in-characters length-in-utf16 "
        "miscounts-refusals reads-length-in-characters writes-length-in-characters"
    ),
    "one recv taken for one message": (
        "body-in-one-read decodes-each-read drops-behind-a-cut-join drops-frames-behind-join empty-behind-header "
        "forgets-the-next-start forgets-the-tail header-in-one-read ignores-single-octets loses-the-tail-of-the-join "
        "one-frame-a-read one-octet-early one-recv-one-message waits-behind-full-reads"
    ),
    "what one connection has sent so far is kept where that of another is": ("shares-cut-headers"),
    "a frame that arrives slowly, or a member that is silent for a while, is given up": (
        "gives-up-on-readers gives-up-frames-early impatient-with-frames forgets-the-join-timer throws-out-the-silent"
    ),
    "a buffer or a limit is too small for some legal body": (
        "cuts-grown-bodies cuts-text-at-4096 hangs-at-4096 length-in-sixteen-bits limits-the-first-frame "
        "loses-last-of-4096 refuses-ten-octets stops-at-4096 stops-at-65535 stops-one-short"
    ),
    "a length is not held against a maximum as soon as the header is there": (
        "checks-length-late leaves-huge-open length-in-thirty-two-bits maximum-too-high measures-whole-headers-only "
        "no-maximum"
    ),
    "memory for a body is reserved before its length is judged": ("reserves-first"),
    "bodies are sent with something else than exactly two NUL octets": (
        "backslash-zero ends-refusals-with-a-null service-without-nick trailing-nul"
    ),
    "text is sent in another encoding than UTF-8": (
        "quotes-half-a-character quotes-half-of-a-held-nick sends-cesu8 sends-latin1"
    ),
    "a body with too few or too many NULs is made do with": (
        "drops-extra-fields extra-nul-in-text missing-text-is-empty"
    ),
    "octets that are not UTF-8 are passed on or repaired": (
        "accepts-beyond-unicode accepts-octet-f5 accepts-overlong accepts-overlong-of-four accepts-surrogates "
        "checks-first-4096 drops-invalid-octets relays-invalid-utf8 relays-valid-part replaces-invalid-utf8 "
        "second-bad-body-passes time-not-checked trusts-who-has-spoken unfinished-character-passes"
    ),
    "a malformed first frame does not close the connection": (
        "ignores-empty-body ignores-malformed-join skips-a-bad-first-frame"
    ),
    "times are written in another form than RFC 3339's in UTC": (
        "service-without-time time-as-ctime time-in-lower-case time-in-nanoseconds time-in-seconds-of-1970 "
        "time-with-offset time-without-t"
    ),
    "the client's time is judged instead of thrown away": (
        "refuses-empty-time refuses-foreign-time refuses-huge-time refuses-long-time refuses-times-cut-inside "
        "refuses-wrong-clock"
    ),
    "valid nicks are refused: the pattern is too narrow, or their length is counted wrongly": (
        "reserves-pieces ascii-nicks-only counts-nick-octets counts-nick-units nick-in-255-octets nicks-are-attributes "
        "no-brackets-in-nicks no-digit-nicks no-noncharacters-in-nicks no-overrides-in-nicks no-space-in-nicks "
        "half-a-join-reserves printable-nicks-only sixty-three-at-most two-characters-at-least"
    ),
    "different nicks are taken for equal": (
        "compares-thirty-two folds-by-setting-a-bit folds-to-upper-case ignores-accents"
    ),
    "nicks that differ only in the case of A to Z are not always taken for equal": (
        "folds-all-but-z folds-in-turkish folds-ascii-nicks-only nicks-are-case-sensitive"
    ),
    "the nick that is shown is not the one that was asked for": (
        "collapses-spaces cuts-announcements cuts-long-announcements cuts-nick-at-thirty-two expands-dollar-in-nick "
        "folds-whom-it-throws-out keeps-first-spelling leaves-in-lower-case lower-cases-nick lower-cases-relayed-nick "
        "normalises-nick refusal-renames"
    ),
    "a part of what makes a nick invalid is not looked for": (
        "accepts-any-length accepts-c1-controls accepts-controls accepts-empty-nick accepts-line-separators "
        "accepts-outer-space accepts-sixty-five checks-ascii-space-only checks-leading-space-only "
        "does-not-count-marks trims-nick"
    ),
    "the nick Server is not kept for the server": ("accepts-server accepts-server-in-capitals reset-forgets-server"),
    "a held nick is not defended, or looked up and entered in two steps": (
        "accepts-duplicates cleans-up-late frees-who-is-silent holds-nick-late later-throws-out-earlier "
        "refusal-frees-nick refusal-frees-the-latest"
    ),
    "a nick is not freed at once on every way out": (
        "frees-nick-late frees-when-both-have-closed keeps-nick-after-reset keeps-nick-of-malformed never-frees-nick "
        "refusal-holds-nick third-time-is-taken"
    ),
    "the text of a join is not ignored": (
        "refuses-join-with-text refuses-long-join relays-join-text text-for-the-nick"
    ),
    "joins are announced in other words or under another nick than Server": (
        "joins-in-other-words joins-under-own-nick joins-without-brackets server-in-lower-case"
    ),
    "a join is not announced to everybody once": (
        "announces-refusals-too join-skips-behind-a-gap join-skips-the-oldest join-skips-who-is-inside-frame "
        "joins-twice sixteen-hear-of-joins tells-long-nicks-twice tells-the-newcomer-only tells-the-others-only"
    ),
    "something is sent to a new client ahead of its own join announcement": (
        "greets-before-join greets-on-connect history-before-join lists-members-first prompts-who-is-late welcomes-back"
    ),
    "a connection counts as a member before its join is announced": (
        "leaves-reach-the-unjoined announces-connections announces-its-join-late half-joined-hears-chat own-join-last "
        "unjoined-hear-announcements unjoined-hear-chat"
    ),
    "what was left of one connection is handed to the next": (
        "delivers-to-the-namesake goes-on-with-half-a-frame next-gets-what-waited"
    ),
    "history is sent as if it were being said": ("history-as-chat history-in-other-words"),
    "a refused connection is not closed": (
        "closes-refused-late drains-for-ever leaves-refused-open lets-refused-try-again lets-taken-try-again"
    ),
    "the others hear of a refused connection, or of what it sent behind its join": (
        "announces-refused joins-behind-a-refusal keeps-refused-words leaves-for-the-holder relays-chat-of-refused "
        "tells-all-of-refused"
    ),
    "a refusal comes under another nick than Server": ("refuses-under-a-nick"),
    "somebody is missing from the recipients, perhaps since somebody left": (
        "misses-newest-member misses-one-behind-the-thrown-out misses-third-recipient reaches-sixteen "
        "refusal-silences-the-holder skips-last-after-two-leaves skips-namesakes skips-who-is-typing "
        "whispers-to-who-is-named"
    ),
    "some messages are lost or come twice": (
        "delivers-twice-at-times drops-one-in-fifty drops-repeats second-member-hears-twice wraps-the-count"
    ),
    "the sender is not left out when a message is relayed": (
        "echoes-among-three echoes-every-tenth echoes-to-sender echoes-to-who-came-back"
    ),
    "the text is changed on its way: stripped, escaped, normalised or filtered": (
        "drops-bom drops-c1-controls drops-controls drops-noncharacters encodes-twice ends-at-control-z escapes-html "
        "expands-replacements first-line-only normalises-text replaces-emoji strips-last-newline strips-text "
        "unescapes-backslashes unescapes-percent unifies-line-breaks unquotes-text"
    ),
    "some texts are not taken for messages: empty, blank or commands": (
        "deaf-behind-a-blank-text drops-blank-text drops-empty-text swallows-commands"
    ),
    "the client's time is passed on": ("keeps-client-time keeps-later-time"),
    "local time is sent as if it were UTC": ("local-time-as-utc"),
    "the times do not follow one clock that only goes forward": (
        "clock-of-the-last-connection clock-runs-fast rounds-chat-times time-goes-back time-of-start "
        "time-of-the-first-octet"
    ),
    "the nick in the sender's frame is trusted": (
        "believes-later-nicks claims-once-a-read leaves-under-last-claim relays-forged-case relays-forged-forms "
        "relays-forged-nick relays-forged-server renames-on-forgery renames-without-text"
    ),
    "a frame under another nick is dropped without closing": (
        "drops-what-grows-much forgives-two-forgeries swallows-forged-frames"
    ),
    "messages of one sender overtake each other": ("long-frames-late newest-first swaps-at-times"),
    "announcements take another way to the members than chat": (
        "announcements-overtake chat-overtakes-join leave-overtakes-chat"
    ),
    "members are not served in one common order": ("order-differs"),
    "what send did not take is lost or overtaken by the next frame": (
        "announces-inside-a-frame forgets-short-writes interleaves-large-frames loses-what-waits-for-long"
    ),
    "a leave is not announced once to everybody, however the connection ended": (
        "fifth-leave-is-silent leave-reaches-the-oldest-only leaves-in-other-words leaves-late leaves-twice "
        "leaves-when-all-is-written "
        "leaves-twice-after-many-words never-announces-leaves no-leave-inside-frame no-leave-on-malformed "
        "no-leave-on-reset no-leave-to-one-inside-frame no-leave-when-too-slow oldest-misses-leaves "
        "one-leave-in-a-turn second-leave-is-silent"
    ),
    "whole frames that wait in the buffer are thrown away at the end of a connection": (
        "drops-frames-before-fin drops-frames-before-malformed"
    ),
    "an unfinished frame is relayed at the end of a connection": ("relays-unfinished-frame"),
    "the leave of a connection that never joined is announced": (
        "announces-half-joins announces-unjoined leaves-for-the-place times-out-aloud"
    ),
    "a service message looks like the announcement of a join": (
        "counts-for-the-newcomer counts-like-a-join refuses-in-words-of-a-join replays-joins welcomes-again-aloud"
    ),
    "malformed input ends the server": ("bad-header-kills bad-text-kills hangs-on-malformed huge-header-kills"),
    "the malformed input of one connection is held against another": ("blames-the-next-piece"),
    "an address is banned for what one connection did": ("bans-address"),
    "the server waits until one client's frame is complete": (
        "accepts-nobody-beside-two stall-blocks-all stall-delays-all one-buffer-for-bodies stall-in-body-blocks-all"
    ),
    "a slow reader stops the others (a blocking send) or loses messages or its place": (
        "skips-far-behind queue-of-thousand queues-five-hundred skips-for-slow-reader slow-reader-blocks-all throws-out-early"
    ),
    "what waits for a slow reader has no bound": ("holds-everything"),
    "who takes some seconds to join is thrown out": ("closes-unjoined-early"),
    "a reset ends the server": (
        "reset-before-join-kills reset-inside-frame-kills reset-of-member-kills reset-while-sending-kills"
    ),
    "a message stops at a member that is gone, and does not reach those behind it": ("stops-at-the-dead"),
    "something of every ended connection is kept": (
        "deaf-after-resets leaks-descriptors leaks-members leaks-memory leaks-refused"
    ),
    "there is room for too few members": ("room-for-forty sixteen-may-be-silent"),
    "what is changed by one connection's end is being walked for others": ("storm-loses-chat"),
}

MISTAKES: dict[str, tuple[str, ...]] = {phrase: tuple(names.split()) for phrase, names in _TABLE.items()}
MISTAKE_OF: dict[str, str] = {name: phrase for phrase, names in MISTAKES.items() for name in names}
