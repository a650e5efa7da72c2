"""Words before a full stop that does not end a sentence: data for `sentences`, grouped by what they say about it.

All in lower case and without the last full stop. Several languages share the lists: a text's language is not known,
and a rule that hurts none of them is better than a guess.
"""

from __future__ import annotations

__all__ = ["BEFORE_NAMES", "BEFORE_NUMBERS", "COMPANY", "MAY_END", "MONTHS", "ORDINAL_LEADS", "SECTIONS", "STARTERS"]


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


BEFORE_NAMES = _words(
    """
    mr mrs ms mx dr drs prof profs gen lt col maj capt cpt cmdr cdr sgt cpl adm gov sen rep pres rev hon rt fr st
    ste mt ft messrs mme mmes mlle mgr msgr insp supt amb atty det dir vs viz cf e.g i.e eg ie approx resp incl excl
    z.b d.h u.a o.ä i.d.r bzw vgl evtl ggf inkl exkl zzgl sog insb insbes bspw hrsg dott dottssa ing avv arch sig
    sigg sra srta dña sres exmo p.ej bijv dhr mevr np tzn tzw prof.dr т.е напр см ср ул им гр проф акад доц
    """
)
"""Always followed by more of the same sentence, whatever comes next."""

BEFORE_NUMBERS = _words(
    """
    no nos nr fig figs eq eqs sec secs sect ch chap chaps vol vols p pp art arts par para app tab abb bd kap abs
    ziff jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun ca c circa
    approx min max ed eds ver rev ref refs lines ll cl reg no.s núm pág cap стр рис табл гл п fed civ crim evid stat
    proc cir supp
    """
)
"""Go on before a number (`Fig. 3`), a Roman numeral or a bracket."""

COMPANY = _words("inc ltd corp llc plc gmbh")
"""Never begin a sentence, so that `Yahoo! Inc.` stays together."""

MAY_END = _words(
    """
    inc ltd co corp plc llc gmbh bros dept univ assn natl intl govt mfg etc et.al al jr sr esq ph.d a.m p.m b.c a.d
    b.c.e c.e u.s u.k u.n e.u d.c u.s.a u.s.s.r m.d b.a m.a n.b p.s r.i.p a.k.a ft in lb lbs oz yd yds mi mph km kg
    cm mm hr hrs min mins sec secs sq cu approx est tel ext ave blvd rd hwy bldg fed civ crim evid stat proc cir
    supp app ser cit seq ibid op loc anon trans orig misc usw u.s.w o.ä u.ä jh jhd str tgl mio mrd abk u.v.m n.chr
    v.chr enz г гг в вв т.д т.п др руб тыс млн млрд
    """
)
"""May end a sentence: they do when the next word is one that begins sentences."""

MONTHS = _words(
    """
    januar februar märz april mai juni juli august september oktober november dezember jänner januari februari maart
    mei augustus marts maj
    """
)
"""After a German, Dutch or Scandinavian day number (`am 3. Mai`)."""

ORDINAL_LEADS = _words("am vom zum der die das dem den des im ab bis seit beim det")
"""Before a number whose full stop makes it an ordinal (`Der 2. Weltkrieg`)."""

SECTIONS = _words(
    """
    chapter section part article appendix figure table lesson unit book act scene step rule question exercise
    kapitel abschnitt teil artikel anhang chapitre partie capítulo parte глава часть раздел
    """
)
"""With a number at the very start of a block they are its label: `Chapter 1. The Beginning` is one heading."""

STARTERS = _words(
    """
    the a an this that these those there here it its he his him she her hers they their them we our us you your i my
    who what when where why how which whose if although though while because since as after before during until once
    in on at by for from to with without within under over about between among through against despite and but or so
    yet nor however moreover therefore thus hence then still also meanwhile instead nevertheless furthermore finally
    first second third next later today yesterday tomorrow now soon never always often sometimes yes no not nobody
    nothing none everyone everybody everything someone somebody something each every both all most many some several
    few one two three another other others such only even just is are was were do does did has have had can could
    will would should may might must let please der die das ein eine er sie es wir ich ihr sein seine dieser diese
    dieses danach dann aber und doch auch nicht im am auf bei mit nach von zu wenn als weil heute le la les un une
    il elle ils elles nous vous je ce cette ces mais et puis dans en pour avec el los las una ella ellos este esta
    pero y luego o os ele ela eles mas он она оно они мы вы я это этот эта но а и потом затем после в на с как когда
    если его её их
    """
)
"""Words that so often begin a sentence that an abbreviation before them is its last word."""
