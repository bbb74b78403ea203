"""Words that guessers try first, for `passwords.weakness`: compared after digits and signs are taken away.

Kept as code because it is short; passwords under ten characters are refused anyway.
"""

_WORDS = """
    abcabc abcdef access admin administrator agent airforce amanda america andrew android angel angels anthony
    anything apple april army arsenal asdf asdfgh asdfghjkl ashley asshole august austin autumn azerty babyboy
    babygirl backup bailey banana barcelona baseball basketball batman berlin bitch black blessed boston brandon
    brasil brother business buster butterfly buyer camera canada captain changeit changeme charlie cheese chelsea
    chicago chocolate christ college company computer cookie correcthorsebatterystaple corvette cowboys dallas
    daniel database david debian december default diamond docker doctor doorstep dragon eagle eagles earth eminem
    everything facebook falcon family father february ferrari flower flowers football forest forever fortnite
    freedom friday fuckme fuckyou galaxy gandalf garden george ginger github gitlab godisgood golden google green
    guest guitar hannah happy harley hello helloworld hobbit hockey home homes house housing hunter hunting iloveu
    iloveyou india internet iphone ironman jack james january java javascript jennifer jessica jesus jesuschrist
    john jordan joshua july june juventus killer kitchen kubernetes lakers landlord letmein letmeinnow lightning
    linux lion liverpool login london love lovely loveme loveyou lucky lucy maggie manager march maria marine mario
    master matrix matthew mercedes merlin metallica mexico michael michelle microsoft millionaire minecraft mobile
    molly monday money monkey morpheus mortgage mother mountain music mustang mysql naruto navy network nicole
    nirvana nothing november nurse ocean october office oliver onetwothree onetwothreefour opensesame openup oracle
    orange panther paris pass passphrase passw password passwort patrick patriots pepper peter phantom phoenix
    planet pokemon police porsche postgres princess private property public purple pussy python qazwsx qazwsxedc
    qwerty qwertyuiop qwertz rainbow ranger rangers realestate realmadrid realtor redis richard river robert rocket
    root samantha samsung saturday school scott secret secure security seller september server service sesame sexy
    shadow silver sister smile soccer soldier something sonic sophie spiderman spring starwars steelers steven storm
    student summer sunday sunshine superman supersecret supersecretkey support teacher temp temporary tennis test
    tester testing thequickbrownfox thomas thunder thursday tiger tigger together tokyo trinity trustno trustnoone
    tuesday tyler ubuntu universe user username warrior wednesday welcome whatever white william windows winter wolf
    yamaha yankees yellow yoursecretkey zaqxsw zelda zxcvbn zxcvbnm
"""

_WHOLE = (
    "0123456789",
    "1122334455",
    "1234567890",
    "123456789a",
    "1234qwerasdf",
    "123qweasdzxc",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "987654321a",
    "a1b2c3d4e5",
    "abc123abc123",
    "correct horse battery staple",
    "i love you",
    "q1w2e3r4t5",
    "qwer1234asdf",
    "the quick brown fox",
    "to be or not to be",
    "zaq12wsxcde",
)

COMMON = frozenset(_WORDS.split()) | frozenset(_WHOLE)

SEQUENCES = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890",
)
"""Keyboard rows, the alphabet and the digits, forwards; the check reads them backwards as well."""
