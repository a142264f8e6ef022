"""Rows of `comment-moderation`: comments as they come in below articles, videos and threads.

Every comment is written for this task, held-out ones apart from those for training. Abuse is
mild and aims at nobody real. Comments to allow include heated ones, jokes that talk of killing,
questions about products, and people who quote or report abuse.
"""

from __future__ import annotations

from random import Random
from typing import Any

from scripts.rows import Split
from scripts.rows.noise import (
    apply,
    lower_case,
    no_apostrophes,
    no_full_stops,
    repeated_marks,
    typos,
    upper_case,
)

TASK = "comment-moderation"

DEV = {
    "allow": """
Thanks for the write-up, the part about brake pads cleared it up for me.
I disagree. The council had two years to fix that bridge and did nothing.
Has anyone tried this recipe with oat milk instead?
Your numbers are wrong: the report says 12 percent, not 20. Page 4.
That last boss absolutely murdered me, eleven tries and I still can't get past phase two.
I'd kill for a bakery like that in my street
Sorry, but this article is nonsense from start to finish. No sources, no figures.
Mods, user above called me an idiot in the other thread, can you have a look please?
Which password manager do you all use? I'm fed up with mine.
My wife is going to kill me when she sees how many plants I bought, haha
I'm so angry about this decision that I can hardly type. Our kids deserve better.
Great photo! What lens was that?
We did the same hike in May, take warm clothes, the wind at the top is brutal.
No. That's simply not how interest rates work, read the second paragraph again.
The ending was stupid, I want my two hours back.
Does the library still open on Sundays?
"You're a moron", he wrote to my daughter. She is twelve. How is this allowed on a school site?
Bought mine second hand for 40 and it still runs fine after three years.
I work in a bike shop and honestly, for your use the cheap chain is enough.
lol same here
First of all, happy new year everyone. Second, where is the promised bus lane?
This game is trash since the patch, the devs should roll it back.
You make a fair point about rent, I hadn't thought of that.
Could someone explain step 3? I end up with dough like soup.
I was robbed at that corner last winter, they threatened me with a knife. Please add street lights.
Not convinced. Show me the data and I will change my mind.
The mayor is a terrible mayor and I'll vote against her again.
Update: it was the fuse. Thank you all for the help, saved me a fortune.
Anyone else having trouble with the login since this morning?
I think you've misread me. I never said that cyclists are to blame.
That's the dumbest rule in the whole league and everybody knows it.
Congratulations on ten years of this blog, I've learned so much here.
Can we please stop calling each other names and talk about the traffic plan?
If you buy one of these, check the hinge first. Mine came with a crack.
Watch out on the A7 tonight, black ice everywhere.
My grandmother made it with lard. Tastes better, sorry vegans, no offence.
The sale at the garden centre ends on Saturday as far as I know, I saw the poster yesterday.
ok but why is nobody talking about the noise?
Honestly this take is lazy, you can do better than that.
I'll destroy you at chess next week, old friend. Bring snacks.
What's the difference between the 2 litre and the 3 litre version?
Lost my dog near the station, brown, answers to Bruno. Please message me if you see him.
As a nurse I can tell you that the waiting time isn't the doctors' fault.
Completely wrong, and I say this as somebody who usually agrees with you.
I hate Mondays, I hate rain and I hate this bus.
The video helped a lot, subscribed!
Please don't feed the trolls, just report the comment and move on.
Is it true that the pool will be closed all summer? My kids will be heartbroken.
A threat against a journalist is a threat against all of us. I hope they find whoever wrote it.
Nice try but that joke was old when I was at school.
We need to fight this plan together, come to the town meeting on Thursday.
I tried three of the apps on your list and only the second one works offline.
Shots fired! Best rap battle I've seen in ages.
He is a bad referee, he has always been a bad referee.
Good article. I'd have liked more on the cost, though.
There is a typo in the headline.
You're all missing the point: it's about safety, not about parking.
I used the code from chapter two and get an index error. What am I doing wrong?
My team sucks this year, we couldn't beat a kindergarten.
Respectfully, no.
It's free on the publisher's site by the way, no need to pay for the print version.
This soup would bring a dead man back to life
""",
    "harassment": """
You're an idiot, get off this forum.
Nobody cares what you think, loser. Go cry to your mum.
How stupid can one person be? Oh wait, I've read your other comments.
Shut up, you pathetic little man.
Every time you post the thread gets dumber. Do us all a favour and delete your account.
Look at your profile picture, no wonder nobody wants to be near you.
You clown. You absolute clown. Learn to read before you open your mouth.
I've seen smarter opinions from my cat, you moron.
Imagine being this dense and still proud of it.
You people are a bunch of brainless sheep and you are the worst of them.
Your kids must be so ashamed of you.
go back to kindergarten, you can't even spell
What a miserable human being you are. I feel sorry for everyone who knows you.
Still living in mummy's basement, I guess? Get a life, freak.
You're a liar and a coward and everybody here knows it.
Ugly inside and out, that's what you are.
You are too thick to understand the article, so maybe stay quiet when adults talk.
Dumb question from a dumb person, what else is new.
Nobody asked you, fatso.
Your cooking looks like vomit and so do you.
Oh it's you again. The village idiot has entered the chat.
I'm going to comment under every post of yours until you finally leave, you waste of space.
Even for you this is embarrassingly stupid, Kevin.
Hey everyone, let's all laugh at the loser who can't park a car.
You're garbage at this game, uninstall and never come back, noob.
Worthless. Your work is worthless, your opinion is worthless, you are worthless.
With a brain like yours I'd keep quiet too.
Shame on you, you disgusting, spiteful person.
Did somebody drop you on your head as a baby? Would explain a lot.
You've got no friends, no job and no clue. Typical keyboard warrior.
I bet your wife left because she couldn't stand your whining either.
You sound like a five year old having a tantrum, grow up you crybaby.
What a nasty creep you are, everyone in this group thinks so.
Stop posting your boring holiday pictures, nobody likes you.
Are you always this thick or is today special?
You should be embarrassed to show that face in public.
lol what a loser
Sit down, you ignorant fool, people with an education are talking.
You're a joke. Your channel is a joke. Quit.
Only a complete imbecile would ride a bike in winter, so congratulations to you.
""",
    "threat": """
I know where you park, watch out.
Say that again and I'll come round and break your nose.
You'd better not show up at the meeting if you want to keep your teeth.
I will find out where you live.
Nice house you have on Mill Road. Would be a shame if something happened to it.
Keep talking and you'll get hurt, I promise you that.
Delete this post or you will regret it.
Next time I see your car on my street I'm slashing the tyres.
We know what school your kids go to.
You won't be laughing when I'm standing at your door tonight.
I'm going to beat you so hard that your own mother won't recognise you.
One more word and you're finished. I mean it.
Somebody should teach you a lesson with a baseball bat, and I'm free on Friday.
Enjoy your bakery while it's still standing.
I'm coming for you.
Your dog barks once more and I'll poison it.
Better look over your shoulder when you walk home, my friend.
If you publish that article I'll make sure you never walk again.
They should have locked you up, now I'll have to deal with you myself. See you soon.
I have your address and I have a few friends who'd love to meet you in a dark alley.
Call the police again and see what happens to you.
You have until midnight to take it down. After that it's your problem, and your family's.
I'll burn that shop down, just wait.
Come to the stadium on Saturday and you leave it in an ambulance.
Snitches end up in hospital. Just saying.
I swear I will smash your windows if you park there again
Pay me back or I send my brothers, and they don't talk.
Accidents happen quickly on that road, remember that when you cycle to work.
If I ever meet you in real life you're dead.
People like you get punched, and I'd be happy to be the one who does it.
Ask the last guy who reported me how his knee is doing.
Tick tock. I'm closer than you think.
I'm outside your office right now, come down if you dare, I'll knock you out.
You're going to pay for this with blood.
I'd sleep with one eye open if I were you.
My fist, your face, tomorrow after school.
Keep your cat inside or you'll find it in the river.
We will hunt you down, one by one.
Your boss, your landlord and your girlfriend will hear from me unless you shut up. Your choice.
i will hurt you. not a joke
""",
    "promotion": """
Check out my channel for more videos like this, link in bio!
Earn 500 a day from home, message me on WhatsApp and I'll show you how.
Best replica watches, 70% off today only: www.luxtime-deals.example
I lost 12 kilos with this tea, order yours at slimleaf.example with code FIT20.
Great post! If you need SEO services at low prices, visit our website.
Follow me and I follow back, daily giveaways on my page.
Our agency builds websites from 199, contact us for a free quote.
Tired of slow hosting? We moved 2000 customers last month, first three months free.
Hi dear, I invest in crypto with Mr Daniel and made 9000 in one week. Write to him on Telegram.
New album out now on all platforms, go stream it people!
Buy followers and likes, cheap and safe, instant delivery.
We sell this lamp too, much cheaper, and ship worldwide. Link in my profile.
Nice article. On our blog we compare the ten best mattresses, click here to read more.
Use my referral link and we both get 10 credit.
Handmade earrings in my shop this week with free shipping, come and have a look!
Need a plumber in the north of the city? Call Fix&Flow, open day and night, 0555 0100.
Join our free webinar on Thursday and learn how to double your sales. Register at growfast.example
DM me for promo prices, limited slots.
Funny, I was just talking about this on my podcast, new episode every Friday, please subscribe.
Our VPN protects you from all of that, try 30 days for free.
Looking for a loan without paperwork? Apply in two minutes, bad credit welcome.
My e-book explains it in detail, only 4.99 until Sunday.
Visit Rosie's Diner for the best pancakes in town, bring this comment and get a free coffee!
I doubled my savings with this trading bot, ask me how.
Download our app, rated 4.9, and get your first delivery free.
Anyone who likes this will love my novel, the first chapter is on my site, buy it if you enjoy it.
Cheap car insurance here >> insure-now.example
Subscribe to my newsletter, 3 tips a week and a gift for new readers.
Selling two tickets for Saturday and lots of merch, prices on my page.
We're hiring brand ambassadors! Free products, earn commission, sign up through the link.
The same thing happened to me until I found GlowSerum. It changed my skin, get it at 40% off now.
Like and share our page and win a weekend in the mountains.
Essay due tomorrow? Our writers deliver in six hours, prices start at 8 a page.
For all your printing needs: business cards, flyers, banners. Order online, discount for readers.
Support my kickstarter, only four days left, early birds get the knife set at half price.
Come over to my stream tonight, I'm giving away skins to every new follower.
Honest fortune teller, love and money problems solved, first reading free, call me.
BIG SALE on garden furniture at Holm & Sons this weekend, don't miss it
I offer maths lessons online, 15 an hour, book through my website.
Our software does exactly what the author describes. Book a demo today!
""",
}

HELDOUT = {
    "allow": """
Interesting read, although I think you underestimate how much the old pipes cost us every year.
That's wrong. The vote was in June and the minister wasn't even there.
Would this also work on a balcony that faces north?
I laughed so hard I nearly died, thank you for this.
Stop defending the company, they've lied to us for years! Sorry for shouting.
Somebody wrote "I know where you live" under my review yesterday. I reported it, be careful here.
Shoot me a message if you want the knitting pattern, happy to share.
I bought the blue one last week. Sturdy, but heavier than I expected.
With all respect, your argument falls apart in the second half.
Killer guitar solo at 2:40!
The new timetable is a joke. I miss my connection every single day.
Where can I download the slides?
I used to insult people on here too. I'm not proud of it, and I apologise to those I hurt.
My brother threatened to eat the whole cake alone, so make two.
good point, thanks
Hot take: the remake is better than the original and I will die on this hill.
What a stupid design. Who puts the power button next to the volume?
They fired my dad after thirty years with a two line email. I'm speechless.
If you're looking for a dentist, ask at the town hall, they have a list.
It isn't an insult to say that somebody made a mistake. You did, and it's fine.
We'll crush them on Saturday, 3-0, you heard it here first.
Please fix the subtitles, they are three seconds late.
I don't care who started it, both of you were rude, let's get back to the topic.
Can confirm, ours leaked too. The shop replaced it without any fuss.
Is the discount for students still valid? The website says no, the flyer says yes.
Nobody should have to read comments like those under the last article. Glad they're gone.
Honestly, a disgrace. The council should resign, all of them.
The bomb in the film looked so fake that the whole cinema laughed.
You and I will never agree on taxes, see you at the pub anyway.
Does anyone know a good plumber in the east of town?
I cut the sugar by half and baked it ten minutes longer. Perfect.
The author clearly never worked a day in a hospital.
This song slaps
Our neighbour got a letter saying "pay or else". The police say it's a known scam.
I make a living from selling honey, and no, prices haven't doubled.
Why was my comment removed? I only asked for a source.
Oh great, another roadwork. At this rate I'll be dead before it's done.
We're losing because the coach is clueless about defence.
Happy to be proved wrong, but I count four errors in that table.
""",
    "harassment": """
You are such a moron. Did you even finish school?
Shut your mouth, nobody wants you here.
What a loser, writing poems at forty. Get a life.
Please never post again. You're an embarrassment to this group and to your parents.
I've met bricks with more brains than you.
You fat clown, maybe eat less before you review restaurants.
You're a pathetic liar, Susan, and an ugly one as well.
Only an idiot like you could get lost in a video about maps.
Every comment of yours proves that some people shouldn't have internet access.
You whine like a baby. Grow up, freak.
Everybody in the club laughs at you behind your back, just so you know.
Did it hurt when they removed your brain?
You're too dumb for this hobby, sell your camera and leave.
Look at this fool, thinks he is an expert because he watched one video.
Hey crybaby, still sulking? Nobody cares about you.
You're nothing. You always were nothing. Go away.
Is stupidity contagious? Then I'd better stop reading what you write.
Your voice makes me sick and your face isn't any better.
You ignorant old fool, learn to use a keyboard.
I pity the poor woman who married a creep like you.
Yes, we all know you're slow, darling, let the grown-ups finish.
Worst player on the server, uninstall, you absolute trash.
Ah, the professor speaks. A professor of nothing, from the university of nowhere.
Coward. Hiding behind a fake name because you're ashamed of who you are, and you should be.
Disgusting person. I hope everyone blocks you.
With those teeth I wouldn't smile on camera, just some advice.
no brain no shame
""",
    "threat": """
One day I'll follow you home from work, so mind what you say.
Try typing that with broken fingers. I can help you with it.
You will regret this, I'll find you.
Shame if your lovely little cafe caught fire one night.
I'm going to hurt you and nobody will help you.
Take the video down by tomorrow or we pay your family a visit.
If I see you in town you are dead, understood?
Keep parking in front of my gate and your tyres won't survive the week.
I'll be waiting for you after the match, and I won't be alone.
You've been warned. There won't be a second warning.
Somebody is going to end up in hospital, and it won't be me.
Your daughter walks home alone on Tuesdays, doesn't she?
I will smash your face in, you and your friend.
Better buy new locks for your door, tonight.
I've got your address now. See you soon.
Do you like your windows? Then stop reporting my posts.
Come near our pitch again and you'll leave it on a stretcher.
I swear I'll knock you out the next time you open your mouth at work.
My cousins would love to have a word with you. They bring bats.
That cat of yours will not see Christmas if it digs in my garden again.
You're finished. We are coming for you tonight.
A man who talks that much should be careful near stairs.
I'd enjoy watching you bleed and I can arrange it.
It would take one phone call to make you disappear.
The last person who crossed me can't walk any more. Your move.
Next time I won't just shout at you, I'll run you over.
sleep well while you still can
""",
    "promotion": """
Visit my channel, I post new tutorials every week. Don't forget to subscribe!
Make money online without experience, write to me on Telegram.
50% off all sneakers today, order at runfast-outlet.example
Does your business need more visitors? Our SEO team has the best prices.
This cream removed my wrinkles in a week! Get it with code SMOOTH15.
Follow my page for daily recipes and giveaways.
Great thoughts. We wrote about the same on our company blog, click the link to read more.
Type my name when you sign up and you'll get a 20 bonus.
Need cash quickly? Loans without questions, apply now.
Come and visit our flea market stall on Sunday, everything half price after three.
Our new app solves exactly this problem, download it for free.
I was sceptical too, until a friend recommended Coach Martin. His course is still open, link in bio.
Cheap flights, cheap hotels, cheap everything >>> tripbargain.example
Hello friends, I paint pets from photos, 30 each, look at my gallery and send me a message.
Stream my new single, out on Friday everywhere!
We buy old phones for the best prices, free shipping label on our website.
My podcast did a whole episode on this, give it a listen and leave five stars.
Win a free tablet! Like, share and tag three friends.
Instant likes and views for your videos, safe payment, 24/7 support.
I run a small soap shop, this month there's free delivery for all readers of this blog.
Anyone with back pain should try the FlexiPillow, on sale at our store until Sunday.
Book your driving lessons with Anders, first hour free, call 0555 0177.
Struggling with homework? Our tutors are online now, prices from 9 an hour.
Limited offer for members of this forum: wall calendars with your own photos, order today.
If you liked this review you'll love mine, and I review two gadgets a day, see my profile.
The bot trades for me while I sleep, 300 profit yesterday. Ask me for the invite.
Catering for weddings and parties, menus and prices on our page
""",
}


def typed(rng: Random, text: str) -> str:
    """The text with what anger, haste and phones do to it."""
    return apply(
        rng,
        text,
        (0.25, lower_case),
        (0.04, upper_case),
        (0.20, no_apostrophes),
        (0.15, no_full_stops),
        (0.20, repeated_marks),
        (0.30, typos),
    )


def rows(split: Split) -> list[dict[str, Any]]:
    """The rows of a split."""
    rng = Random(f"{TASK}/{split}")
    texts = DEV if split == "dev" else HELDOUT
    pairs = [(label, text) for label, block in texts.items() for text in block.strip().splitlines()]
    rng.shuffle(pairs)
    return [
        {"id": f"comment-{split[0]}-{n:03d}", "input": typed(rng, text), "expected": label}
        for n, (label, text) in enumerate(pairs, 1)
    ]
