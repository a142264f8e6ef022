"""Rows of `language-identification`: short messages as people write them, in twelve languages.

All sentences are written for this task, held-out ones apart from those for training. A part of
the rows loses capitals, full stops or diacritics, as hasty typing does.
"""

# ruff: noqa: RUF001 - Turkish has a letter that looks like an i
from __future__ import annotations

import unicodedata
from random import Random
from typing import Any

from scripts.rows import Split
from scripts.rows.noise import lower_case, no_full_stops

TASK = "language-identification"

PLAIN = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ı": "i"})
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})

DEV = {
    "en": """
The invoice for March is missing the discount we agreed on, could you send a new one?
running late, start without me
My Galaxy Buds stopped pairing with the laptop after the last update.
no way, who told you that?
Great little place, but bring cash because they don't take cards.
Please cancel my subscription before it renews on the 14th.
Bin day is Thursday this week, don't forget the cardboard.
I've tried Chrome, Firefox and Edge and the login page stays blank in all of them.
whoever borrowed the stapler, put it back please
anyone up for lunch?
The jacket fits well, though the zip feels cheap and the sleeves are a bit long.
Where can I change the delivery address? The parcel goes to my old flat otherwise.
happy birthday mate, have a good one
it's raining again, so the barbecue moves to our garage
""",
    "de": """
Die Rechnung für März ist doppelt bei mir angekommen, bitte prüfen Sie das.
bin gleich da
Seit dem Update stürzt die App ständig ab, sobald ich ein Foto öffne.
Kannst du heute die Kinder abholen? Ich sitze noch in der Besprechung.
Sehr freundliches Personal, aber das Schnitzel war leider kalt.
nee, keine Ahnung
Guten Tag, ich möchte mein Abo zum Monatsende kündigen. Mit freundlichen Grüßen
Müll steht schon draußen, danke!
Meine Bestellung wurde laut DHL zugestellt, ich habe aber nichts bekommen.
wo bist du gerade?
Der Akku vom iPhone hält kaum noch einen halben Tag.
Das Zimmer war sauber und ruhig, nur das WLAN hat nicht funktioniert.
vergiss nicht, die Blumen zu gießen
Ich habe mein Passwort vergessen und der Link in der Mail ist abgelaufen.
""",
    "fr": """
Je n'ai toujours pas reçu ma facture du mois de mars, pouvez-vous me la renvoyer ?
j'arrive dans dix minutes
L'application plante dès que j'ouvre une photo depuis la mise à jour.
T'as vu le match hier soir ? Quel suspense
Service rapide et souriant, mais les plats étaient à peine tièdes.
on se rappelle demain
Bonjour, je souhaite résilier mon abonnement à la fin du mois. Cordialement
Pense à sortir les poubelles, merci
Mon colis est indiqué comme livré, or il n'y a rien dans la boîte aux lettres.
c'est trop cher
La batterie de mon Samsung se vide en quelques heures.
Chambre propre et calme, seul le wifi laissait à désirer.
Qui a laissé la fenêtre ouverte au bureau ?
Le lien pour changer mon mot de passe ne fonctionne plus.
""",
    "es": """
No me ha llegado la factura de marzo, ¿me la podéis reenviar?
ya voy para allá
Desde la última actualización la aplicación se cierra cada vez que abro una foto.
¿Quedamos a las ocho donde siempre?
Camareros muy amables, pero la paella llegó fría y sosa.
qué risa, tía
Buenos días, quiero dar de baja mi suscripción antes de que se renueve.
Acuérdate de sacar la basura esta noche
El paquete figura como entregado y yo no he recibido nada.
ni idea, pregúntale
La batería del Xiaomi me dura menos de medio día.
La habitación estaba limpia, aunque se oía todo lo que pasaba en la calle.
¿Alguien ha visto mi cargador? Lo dejé en la cocina
Mi hijo ha aprobado el carné de conducir, ¡estamos contentísimos!
""",
    "it": """
Non ho ancora ricevuto la fattura di marzo, potete rimandarmela?
sto arrivando, due minuti
Dopo l'aggiornamento l'app si chiude da sola ogni volta che apro una foto.
Ci vediamo stasera davanti al cinema?
Camerieri gentilissimi, peccato che la pizza fosse bruciata sotto.
ma dai, davvero
Buongiorno, vorrei disdire l'abbonamento prima del prossimo rinnovo. Cordiali saluti
Ricordati di buttare la spazzatura, grazie
Il pacco risulta consegnato ma qui non è arrivato niente.
che ne dici?
La batteria del mio iPhone dura meno di mezza giornata.
Stanza pulita e silenziosa, però il parcheggio costa troppo.
Qualcuno ha preso la mia tazza dalla scrivania?
Domani c'è sciopero dei treni, meglio lavorare da casa.
""",
    "pt": """
Ainda não recebi a fatura de março, podem enviá-la outra vez?
estou quase a chegar
Depois da atualização o aplicativo fecha sozinho sempre que abro uma foto.
Bora almoçar no sítio do costume?
Atendimento muito simpático, mas o bacalhau veio frio.
não faço ideia
Bom dia, gostaria de cancelar a minha assinatura antes da renovação. Obrigada
não te esqueças de levar o lixo
A encomenda aparece como entregue, porém não chegou nada aqui em casa.
kkk que vergonha
A bateria do meu Motorola não dura nem meio dia.
O quarto era limpo e silencioso, só o chuveiro é que pingava.
Minha irmã passou na prova, que orgulho!
Esqueci a senha e o link do e-mail já expirou.
""",
    "nl": """
Ik heb de factuur van maart nog niet ontvangen, kunt u die opnieuw sturen?
ben er bijna
Sinds de laatste update sluit de app af zodra ik een foto open.
Zullen we vanavond bij jou eten?
Vriendelijke bediening, maar de friet was slap en koud.
geen flauw idee
Goedemorgen, ik wil mijn abonnement opzeggen voordat het wordt verlengd. Met vriendelijke groet
vergeet de vuilniszak niet buiten te zetten
Volgens PostNL is het pakket bezorgd, maar ik heb niks gekregen.
waar zit je?
Die nieuwe koptelefoon klinkt goed, maar na een uur doen je oren pijn.
De kamer was schoon en stil, alleen deed de verwarming het niet.
Heeft iemand mijn oplader gezien? Hij lag op het bureau
Ik ben mijn wachtwoord kwijt en de link in de mail werkt niet meer.
""",
    "pl": """
Nie dostałem jeszcze faktury za marzec, czy mogą Państwo wysłać ją ponownie?
zaraz będę
Po ostatniej aktualizacji aplikacja zamyka się przy każdym otwarciu zdjęcia.
Idziemy dziś na piwo po pracy?
Obsługa bardzo miła, ale pierogi były zimne w środku.
nie mam pojęcia
Dzień dobry, chciałabym zrezygnować z abonamentu przed jego odnowieniem. Pozdrawiam
Pamiętaj, żeby wynieść śmieci
Paczka ma status doręczona, a ja nic nie otrzymałam.
gdzie jesteś?
Wentylator w laptopie Lenovo hałasuje nawet przy przeglądaniu internetu.
Pokój czysty i cichy, tylko prysznic przeciekał.
Babcia pyta, czy przyjedziecie na święta
Zapomniałem hasła, a link z maila już wygasł.
""",
    "sv": """
Jag har inte fått fakturan för mars än, kan ni skicka den igen?
är snart framme
Efter senaste uppdateringen kraschar appen så fort jag öppnar en bild.
Ska vi käka lunch på det vanliga stället?
Trevlig personal men köttbullarna var ljumma och såsen salt.
ingen aning faktiskt
Hej, jag vill säga upp mitt abonnemang innan det förnyas. Med vänliga hälsningar
glöm inte att gå ut med soporna
Paketet är enligt PostNord utlämnat men jag har inte fått något.
var är du?
Hyllan från IKEA saknade fyra skruvar och en sprint.
Rummet var rent och tyst, men duschen läckte.
Mötet flyttas till torsdag eftersom halva gruppen är sjuk
Jag har glömt mitt lösenord och länken i mejlet har gått ut.
""",
    "fi": """
En ole vielä saanut maaliskuun laskua, voisitteko lähettää sen uudestaan?
olen kohta perillä
Päivityksen jälkeen sovellus kaatuu aina, kun avaan kuvan.
Mennäänkö tänään yhdessä syömään?
Ystävällinen palvelu, mutta keitto oli haaleaa.
en tiedä yhtään
Hei, haluaisin perua tilaukseni ennen kuin se uusiutuu. Ystävällisin terveisin
muista viedä roskat ulos
Paketti on merkitty toimitetuksi, mutta en ole saanut mitään.
missä sä olet?
Samsungini akku ei kestä edes puolta päivää.
Huone oli siisti ja hiljainen, vain suihku vuoti.
Sauna on lämmin kuudelta, tulkaa ajoissa
Unohdin salasanani, ja sähköpostissa oleva linkki on vanhentunut.
""",
    "tr": """
Mart ayının faturası hâlâ elime ulaşmadı, tekrar gönderebilir misiniz?
birazdan oradayım
Son güncellemeden sonra uygulama her fotoğraf açtığımda kapanıyor.
Akşam bize yemeğe gelir misin?
Garsonlar çok ilgiliydi ama çorba soğuk geldi.
hiç bilmiyorum valla
İyi günler, aboneliğimi yenilenmeden önce iptal etmek istiyorum. Teşekkürler
çöpü çıkarmayı unutma
Kargo teslim edildi görünüyor fakat bana hiçbir şey gelmedi.
neredesin şimdi?
Telefonumun şarjı yarım gün bile dayanmıyor.
Oda temiz ve sessizdi, sadece duş su kaçırıyordu.
Toplantı perşembeye ertelendi, herkese haber verelim
Şifremi unuttum, e-postadaki bağlantının da süresi dolmuş.
""",
    "ro": """
Nu am primit încă factura pe martie, o puteți trimite din nou?
ajung imediat
După ultima actualizare aplicația se închide de fiecare dată când deschid o poză.
Mergem diseară la o bere?
Personal foarte amabil, dar ciorba a venit rece.
habar n-am
Bună ziua, doresc să îmi anulez abonamentul înainte de reînnoire. Mulțumesc
nu uita să duci gunoiul
Coletul apare ca livrat, însă eu nu am primit nimic.
unde ești acum?
Căștile JBL se aud bine, dar se descarcă prea repede.
Camera a fost curată și liniștită, doar dușul picura.
Bunica întreabă dacă veniți de sărbători
Mi-am uitat parola, iar linkul din e-mail a expirat.
""",
}

HELDOUT = {
    "en": """
what time suits you?
Your courier left the box in the rain and half of the paper inside is ruined.
sorry, wrong chat
We'd like to upgrade from Starter to Pro, how does billing work in the middle of a month?
Booked a double room, got two singles pushed together. Lovely breakfast though.
Keys are next door, ring twice.
Spotify and Google Home support?
left my umbrella on the bus again, that's the third one since January
Hi team, the export to Excel drops every row after number 1000. Is this a known bug?
fingers crossed for tonight
""",
    "de": """
alles klar, bis später
Der Staubsauger ist erstaunlich leise, allerdings ist das Kabel viel zu kurz.
Können Sie mir sagen, wann das Ersatzteil geliefert wird?
hast du schon gegessen
Wir warten seit drei Wochen auf die Rückzahlung von 49 Euro.
Schlüssel liegt unter der Matte
Microsoft Teams zeigt mir nur einen weißen Bildschirm, auch nach dem Neustart.
wird heute nichts mehr, bin total müde
Tolle Aussicht vom Balkon, das Frühstück könnte aber mehr Auswahl haben.
schönes Wochenende euch
""",
    "fr": """
ça marche, à plus
Le vélo est arrivé avec une roue voilée, que dois-je faire ?
tu peux acheter du pain en rentrant ?
rien de grave
Impossible de me connecter à Netflix avec le compte que vous m'avez créé.
Nous étions six et avons attendu quarante minutes avant de pouvoir commander.
Merci de patienter, un conseiller va vous répondre.
réunion déplacée à 15 h, salle du fond
Très bon rapport qualité-prix, je recommande les yeux fermés !
bon courage pour demain
""",
    "es": """
nos vemos luego
Pedí una talla mediana y me mandaron una pequeña, quisiera cambiarla.
¿A qué hora sale el tren mañana?
Los zapatos son comodísimos, pero el color no se parece al de la foto.
vale, sin problema
Llevo dos horas intentando hablar con un agente y se corta la llamada.
he dejado las llaves al portero
Mi cuenta de Amazon Prime aparece suspendida y nadie me explica el motivo.
hoy no puedo, tengo dentista
Repetiremos seguro, sobre todo por los postres caseros.
""",
    "it": """
va bene, a dopo
La lavatrice fa un rumore strano durante la centrifuga, è ancora in garanzia?
puoi passare in farmacia quando esci dal lavoro?
non ci credo
Abbiamo prenotato per quattro, ma il tavolo non era pronto nemmeno dopo mezz'ora.
le chiavi sono dal portiere
Come faccio a collegare Alexa alle luci del soggiorno?
Ottimo prodotto, spedizione velocissima, lo ricomprerei subito.
oggi resto a casa, ho la febbre
Gentile cliente, la sua richiesta è stata inoltrata all'ufficio competente.
""",
    "pt": """
até logo, beijos
Comprei um micro-ondas há duas semanas e ele já não aquece.
você consegue buscar as crianças hoje?
tudo bem contigo?
Fui muito mal atendido ao telefone e ninguém resolveu o meu problema.
a chave ficou com a vizinha do lado
O WhatsApp Web não abre no meu computador novo, o que devo fazer?
Vista maravilhosa, café da manhã farto, voltaremos com certeza.
hoje não vai dar, tenho reunião até às sete
Precisamos de uma segunda via do contrato assinado em julho.
""",
    "nl": """
tot straks hè
De fiets kwam binnen met een kromme trapper, hoe krijg ik een nieuwe?
kun jij de hond even uitlaten?
lekker bezig zeg
Wij wachten al drie weken op ons geld terug, dit is niet normaal meer.
sleutel ligt bij de buren op nummer 12
Mijn Philips Hue lampen verdwijnen telkens uit de app, wat nu?
Heerlijk ontbijt en een prachtig uitzicht, wel aan de dure kant.
ik bel je zo terug
Graag ontvangen wij uiterlijk vrijdag de getekende overeenkomst.
""",
    "pl": """
no dobra, to pa
Buty przyszły w złym rozmiarze, jak mogę je wymienić?
możesz odebrać dzieci z przedszkola?
Od trzech tygodni czekamy na zwrot pieniędzy i nikt nie odpisuje.
ale super wiadomość
klucze są u sąsiadki
Allegro nie przyjmuje mojej karty, choć wczoraj wszystko działało.
Piękny widok z balkonu, śniadania mogłyby być bardziej urozmaicone.
spóźnię się chwilę
Prosimy o przesłanie podpisanej umowy najpóźniej do piątku.
""",
    "sv": """
vi hörs ikväll
Cykeln kom fram med ett trasigt hjul, hur gör jag för att reklamera?
kan du hämta barnen idag?
vad bra då
Vi har väntat på återbetalningen i tre veckor nu, helt oacceptabelt.
nycklarna ligger hos grannen
Spotify slutade spela på högtalaren i köket, någon som vet varför?
Underbar frukost och fin utsikt, fast lite väl dyrt.
orkar inte mer idag
Vänligen skicka det undertecknade avtalet senast på fredag.
""",
    "fi": """
nähdään illalla taas
Kengät olivat väärää kokoa, miten voin vaihtaa ne?
voitko hakea lapset päiväkodista?
aika hyvä juttu
Olemme odottaneet rahojen palautusta jo kolme viikkoa eikä kukaan vastaa.
avain on naapurilla
Nokian puhelimeni ei enää yhdistä autoon, mitä pitäisi tehdä?
Upea näköala ja runsas aamupala, hinta tosin oli korkea.
soitan sulle myöhemmin
Pyydämme palauttamaan allekirjoitetun sopimuksen viimeistään perjantaina.
""",
    "tr": """
tamam, sonra konuşuruz
Ayakkabılar yanlış numara geldi, nasıl değiştirebilirim?
çocukları bugün okuldan sen alır mısın?
çok güzel olmuş
Üç haftadır para iadesini bekliyoruz, kimse cevap vermiyor.
anahtar komşuda kaldı
Trendyol hesabıma giremiyorum, kod bir türlü gelmiyor.
Manzara harika, kahvaltı çeşidi bol, fiyatlar biraz yüksek.
bugün işe gelemeyeceğim
İmzalı sözleşmeyi en geç cuma gününe kadar göndermenizi rica ederiz.
""",
    "ro": """
bine, vorbim mâine
Pantofii au venit cu un număr mai mic, cum îi pot schimba?
poți să iei copiii de la grădiniță?
ce veste bună
Așteptăm de trei săptămâni banii înapoi și nimeni nu răspunde la telefon.
cheia e la vecina
Nu mă pot conecta la eMAG, codul nu mai ajunge pe telefon.
Priveliște superbă, mic dejun bogat, prețuri cam mari.
azi nu pot veni
Vă rugăm să ne trimiteți contractul semnat cel târziu vineri.
""",
}


def without_diacritics(language: str, text: str) -> str:
    """The text typed on a keyboard that lacks its letters; German writes its umlauts as two."""
    if language == "de":
        text = text.translate(UMLAUTS)
    letters = unicodedata.normalize("NFKD", text.translate(PLAIN))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def typed(rng: Random, language: str, text: str) -> str:
    """The text as somebody in a hurry might have typed it; three in five stay as they are."""
    habit = rng.random()
    if habit < 0.20:
        return without_diacritics(language, text)
    if habit < 0.30:
        # Turkish I and İ have their own small letters, which Python's lower() doesn't know.
        text = text.replace("I", "ı").replace("İ", "i") if language == "tr" else text
        return lower_case(rng, text)
    return no_full_stops(rng, text) if habit < 0.40 else text


def rows(split: Split) -> list[dict[str, Any]]:
    """The rows of a split."""
    rng = Random(f"{TASK}/{split}")
    texts = DEV if split == "dev" else HELDOUT
    pairs = [(code, text) for code, block in texts.items() for text in block.strip().splitlines()]
    rng.shuffle(pairs)
    return [
        {"id": f"language-{split[0]}-{n:03d}", "input": typed(rng, code, text), "expected": code}
        for n, (code, text) in enumerate(pairs, 1)
    ]
