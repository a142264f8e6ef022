"""Rows of `sentiment`: reviews of products, restaurants, apps and hotels.

Every review is written for this task, held-out ones apart from those for training. Each label
has plain cases, mixed ones whose verdict tips the scale, and irony; neutral ones report or weigh
without taking sides. Many end, as reviews do, in a short verdict, and some are nothing else.
"""

from __future__ import annotations

from random import Random
from typing import Any

from scripts.rows import Split
from scripts.rows.noise import apply, lower_case, no_apostrophes, no_full_stops, typos

TASK = "sentiment"

STAND_ALONE = 4  # verdicts of each label that are a whole review

DEV = {
    "negative": """
The plastic feels cheap and it broke the second time I used it. I paid far too much for this.
Rude staff, dirty tables and food that tasted of nothing. We paid and left angry.
Doesn't connect, doesn't charge, and the company ignores my complaints.
Tiny dirty room, loud air conditioning, no hot water. I couldn't sleep at all.
Stopped working after nine days. Support wants me to pay for the return. Avoid.
The soup was cold, the bread was stale and nobody apologised.
Worst app update in years. Everything I used is now behind a paywall.
Room smelled of smoke and there was hair in the shower. We left after one night.
Waited an hour for a burger that was raw in the middle. Never again.
Crashes every time I try to log in. I have reinstalled it three times, useless.
The bed was hard as a board and the walls are so thin that I heard every word next door.
Looks nothing like the picture. The fabric is thin and it smells of chemicals.
Overpriced, tiny portions and a waiter who rolled his eyes at us. Disappointing.
Great, another subscription. Exactly what I wanted from a torch app.
Thanks to this hotel I now know every garbage truck in the city by its sound.
I wanted to love these headphones but they hurt after ten minutes and the sound is muddy.
Beautiful dining room, shame about the food. Bland, greasy and late.
The camera is decent. Everything else about this phone is slow, hot and frustrating.
Lovely staff can't make up for mould in the bathroom and a broken heater.
Battery drains in two hours. The previous model was so much better.
They charged my card twice and now nobody answers my emails. Feels like a scam.
Ads, ads, ads. You can't tap anything without a video popping up. Deleted.
Do not book here! Rude reception, dirty sheets, and the pool was closed without notice.
My steak was burnt and my partner's was raw. We sent both back and still had to pay.
Lost all my notes after syncing. Two years of work gone. I'm furious.
Bought it as a gift, arrived scratched and missing the charger. So embarrassing.
The wifi never worked and breakfast ran out at eight. Not worth half the price.
ugh, leaks all over the counter. returning it
terrible service, terrible food, terrible music
Very impressive: a vacuum cleaner that leaves more dust behind than it finds.
The instructions are a joke and two screws were missing. Had to buy my own.
I regret not reading the other reviews first. Every complaint in here is true.
Used to be my favourite place. Under the new owner the quality has gone downhill badly.
The zipper came off on day two and the seller refuses a refund.
Nice view, but I wouldn't stay here again: noisy, dirty and far from everything.
Slow, buggy, and it keeps logging me out. How did this pass testing?
We both felt sick the morning after the fish. Staying away from now on.
It's fine until you actually need it, then it fails. Mine died in the middle of a call.
Not good at all. I expected far more for this price.
The support chat is a bot that goes in circles. I gave up and cancelled.
Check-in took an hour and then our room wasn't even ready. Unacceptable.
Sizes are completely wrong, the large fits my ten-year-old. Sent it back.
No flavour whatsoever. The curry tasted like warm water with salt.
I can't recommend this blender to anyone. Loud, weak and already leaking.
The screen flickers and the speaker crackles. Poor quality control.
Nobody told us about the building site outside the window. Drilling from seven every day!
Should have been a simple lunch, turned out a nightmare. Wrong orders, wrong bill, no sorry.
What a surprise, the "waterproof" watch doesn't survive washing your hands.
App drains the battery and the map is wrong half of the time, I got lost twice because of it.
Flimsy handle, dull blade, and it rusted within a week.
Hidden resort fee at the end of the stay. Felt cheated.
Too sweet, too small, too expensive.
Don't waste your time with the free version, and the paid one isn't any better.
Elevator broken, eighth floor, three suitcases. The man at the desk just shrugged.
Pictures on the website must be ten years old. Worn carpet, stained curtains, sad place.
The driver app keeps freezing. I missed two pickups because of it and lost money.
Honestly the worst purchase I made this year.
Delivery was quick, I'll give them that. The lamp itself buzzes, flickers and gets dangerously hot.
We were so excited for our anniversary dinner and left hungry and annoyed.
""",
    "neutral": """
The food is okay, not amazing. Service is average and so are the prices.
The app is fine for what it does. A few good ideas, a few annoying ones.
Standard room, standard breakfast. Polite staff, slow lift. An average stay for one night.
I've had it for a week. So far it works, but I can't say how long it will last.
Some of the dishes were good, others weren't. It depends on what you order.
It's a kettle. It boils water. Nothing more to say about it.
Food was okay, service was okay, price was average. Neither great nor terrible.
Some things got better with the update, others got worse. Overall about the same.
Standard chain hotel. Clean enough, small room, does the job for one night.
Does what it says, no more and no less.
The starters were good, the mains not so much. Three out of five.
Only used it twice so far, so I can't really judge yet.
Bought this in March as a replacement for my old one. Same model, same colour.
The sound is good, the comfort is bad. It evens out, I guess.
Good location but noisy. Friendly staff but slow. You get what you pay for.
Average. I've had better and I've had worse.
The app shows bus times for the city and the region. There is a free and a paid version.
Mixed feelings. I like the design and dislike the price.
Not bad, not special. I might come back if I happen to be nearby.
Decent for beginners, professionals will want something else.
The room was fine. I only slept there, so no opinion on the breakfast or the pool.
Can't complain, can't praise it either.
My wife loved the pasta, I found it bland. Let's call it a draw.
Neither faster nor slower than the one I had before.
Arrived on Tuesday as announced. Haven't unpacked it yet.
An ordinary lunch place: soup, sandwich, coffee, done.
Quality is what you'd expect at this price point.
Pros: light, cheap. Cons: small battery, no case. Decide for yourself.
I don't have strong feelings about it. It's an alarm clock.
The hotel has two buildings; we stayed in the older one. Reception is open until ten.
Great on weekdays, a mess at weekends. Depends when you go.
Some features are useful, some I've never touched.
It's alright I suppose
ok for the price
The first visit was excellent, the second one disappointing. Will need a third to decide.
They changed the recipe. Some will prefer it, some won't. To me it tastes much the same.
Fair portion, fair price, nothing memorable.
I expected more from the camera and less from the battery, so in total it's as expected.
Booked through the website, paid at the desk, got the key, slept, left.
The new version moves the menu to the left. It takes some getting used to.
Half of our group liked the tapas and half did not.
Acceptable. Not the cleanest and not the dirtiest place on this road.
Fits a 15 inch laptop. I haven't tried it with a bigger one.
Breakfast 6/10, room 6/10, location 6/10.
Solid but unexciting. It could use an update.
Too early to tell whether the battery lasts. Will update this review in a month.
You can order at the counter or by phone. We paid 38 for two.
Pleasant enough waiter, forgettable dessert.
I use it once a week for the shopping list, that's all I need it for.
The mattress is on the firm side. Whether that's good depends on your back.
Same as every other hotel of this chain, down to the lamp.
Colour is slightly darker than in the photo, otherwise as described.
We came for the concert next door, and the place was what it was. Fine.
Nothing wrong with it, nothing to rave about.
Nice idea, so-so execution.
A bit pricey but the food was decent. Undecided whether I'd return.
The trial lasts 14 days, then it's 5 a month. I haven't decided yet.
Portions are big, flavours are ordinary.
""",
    "positive": """
The staff were so kind and helpful, and the room was clean, bright and comfortable.
Tasty food, quick service, fair prices. My family loved everything we ordered.
Great app, easy to use, and it helped me save so much time and money.
Great quality. It looks beautiful, feels sturdy and works perfectly every day.
Best purchase I've made this year. Works perfectly and looks beautiful.
Amazing food, friendly staff and a lovely terrace. We'll be back soon!
I love this app. Simple, fast and no ads. Worth every cent.
Spotless room, comfortable bed and the nicest people at reception.
Exceeded my expectations. Sturdy, easy to assemble and quiet.
The fish was fresh and cooked to perfection. Highly recommended.
Finally a budget app that just works. It has saved me hours already.
What a view! And the breakfast was delicious, with plenty of choice.
Great value for money. I bought a second one for my mother.
Our waiter was so helpful with my daughter's allergy. Wonderful evening.
Had a bug, wrote to support, got a fix within a day. Fantastic team.
Quiet, clean, close to the station. Perfect for a short trip.
I was sceptical at first, but these shoes are incredibly comfortable.
The wait was long, but oh my, that lasagne was worth every minute.
The setup is a bit fiddly. After that it's a joy to use, I wouldn't give it back.
The room was small, yet everything else was excellent. Would happily stay again.
Battery lasts for days, the screen is bright and it feels great in the hand.
Warning: this bakery is highly addictive. My diet is over and I don't care.
I hate how good this game is. I haven't slept properly since Monday.
Excellent service, they even stayed open late for us. Thank you!
It does everything I need and it does it well. Very happy with it.
My back pain is gone since we bought this mattress. Life changing.
The best curry in town, and the price is very fair.
So easy that even my grandfather uses it every day now.
We got upgraded for free and found chocolates on the pillow. Such a sweet touch.
love it!!
No complaints at all, everything was flawless from booking to check-out.
I can't imagine cooking without this knife. Sharp, balanced, gorgeous.
Cosy little restaurant with honest cooking, and the tiramisu is a dream.
The new design is so much better, clear and fast. Well done.
Not cheap, but you feel the quality every time you pick it up.
I've tried a dozen note apps and this one is the only one I kept.
The kids didn't want to leave the pool. Great family hotel, we've booked again for next year.
Really pleased with this jacket. Warm, light and the fit is spot on.
Everything tasted homemade. The owner came to chat with us, lovely man.
Works like a charm with my old printer, I'm impressed.
Had low expectations after the reviews on here, and was pleasantly surprised. Good stay.
The sound is rich and clear, my whole record collection feels new.
Ignore the grumpy reviews. Fresh ingredients, generous portions, warm welcome.
It isn't perfect, the menu could be shorter, but I enjoy using it every single day.
I slept like a baby. Thick curtains, soft pillows, not a sound.
Best coffee of my whole trip, and I visited a lot of cafes.
The only bad thing about this vacuum is that I didn't buy it sooner.
Learned more Spanish in a month with this app than in two years at school.
Perfect gift, my sister was over the moon.
Beautifully made and the colour is even nicer than in the picture.
Fast, friendly, tasty. What else do you want from a lunch place?
The staff went out of their way to find my lost ring. I'm so grateful.
Cleans the whole flat in half an hour and never gets stuck. Brilliant little robot.
Such a smooth update, everything loads instantly now.
We celebrated my dad's birthday there and they made it special.
I don't write reviews often, but this deserves one. Outstanding.
Feels solid, charges quickly, and costs half of what the big brands ask.
The burgers are huge and juicy, the fries crisp. Happy belly.
""",
}

HELDOUT = {
    "negative": """
Left hungry. Small plates, big prices, and a kitchen that forgot one of us altogether.
Rude waiter, cold food and an expensive bill. We complained and nobody cared.
The app crashes whenever I upload a picture. Support never answered my mails.
Dirty bathroom, broken lamp, loud neighbours. We left a day early.
Broke after a few weeks and the seller won't give me my money back.
Forty minutes for a cold pizza, and the staff didn't even say sorry.
Awful battery, slow screen, and it gets very hot. I regret buying this phone.
The latest release ruined it. Slow, full of ads and it forgets my password every day.
Overpriced and dirty. There were stains on the sheets and the receptionist was rude to my wife.
The dress came late, in the wrong size, and the fabric feels cheap.
Doesn't work. I tried everything in the manual and then sent it back.
They charged me for a subscription that I had cancelled. Scam!
We asked for the bill three times. By then the ice cream had melted and so had my patience.
Since the redesign I can't find anything and half of my playlists have vanished.
Bed bugs. I repeat, bed bugs. I'm still itching while I write this.
Oh wonderful, the new version asks for my location, my contacts and probably my blood type.
A charger that doesn't charge. Congratulations to the engineers.
Stale rolls, watery coffee, sticky table.
Keeps disconnecting from my car. I've wasted whole evenings trying to fix it.
I really tried to like this place, everybody told me to. Dry chicken and an arrogant chef.
It looks stylish, but the hinge is loose and the lid won't close any more after a month.
Refund promised in May, it is now August. Don't give these people your money.
Not worth it. The cheaper one from the supermarket lasts longer.
Our toilet didn't flush for two days and the manager blamed us.
too many bugs, uninstalled
My order was wrong, then forgotten, then wrong again. Poor.
Shrunk to doll size in the first wash, although I followed the label.
Air conditioning rattled all night, and when it didn't rattle it dripped.
Customer service hung up on me twice. Shameful.
The pillows were lumpy, the towels grey and the corridor smelled like a wet dog.
I paid extra for express and got it eleven days later with a dent.
Would give zero stars if I could.
Wow, the treadmill folds! Mostly while you are running on it.
Staff were kind, but kindness doesn't fix a room without hot water. Asked for our money back.
""",
    "neutral": """
The food was okay and the prices are average. Nothing I'd go out of my way for.
Decent headphones at this price. Sound is fine, comfort is so-so.
The room was clean but small, the staff polite but slow. An average hotel.
The app is alright. Some functions are good, others need work.
I'm neither impressed nor disappointed. It's a standard toaster.
Service was good, food was not so good. I might give it another try.
I've only had it for two days, so I can't say much about the quality yet.
An ordinary guest house near the station, fine for one night.
Good camera, bad battery. Depends on what you need.
The update moved a few buttons. I don't mind either way.
Portions are fair and the taste is okay. Price is as you'd expect.
It comes with two cables and a bag. I haven't used the bag.
The noodles were tasty, the dumplings were not. I'd give it a six.
Room 214, second floor, facing the yard. Bathroom with shower, no tub.
Soft on the outside, scratchy on the inside. Looks nice, wears less nicely. So, average.
Took it on one trip so far. Ask me again after the summer.
The lunch menu costs 12 and changes weekly.
Neither my best nor my worst stay in this town.
You need an account to use it. The basic plan has three projects, the bigger one has ten.
Strong coffee, weak wifi. Depends on what you come for.
The tent weighs 2.3 kilos and sleeps two. I bought the green one.
Nothing to write home about, but I wasn't hungry afterwards.
It's cheaper than the original and it feels cheaper too. Fair deal either way.
Hasn't broken, hasn't impressed.
We had no problems and no highlights either.
so so
If you want luxury go elsewhere, if you want a bed near the airport this is one.
Charming building, tired furniture. Good pizza, dull wine. I'm torn.
The dark theme is welcome, the missing search is not. Let's see what the next release brings.
Typical canteen food.
I received the product for testing and will report when the test is over.
Okay for a rainy afternoon, I wouldn't travel for it.
Picked it because the other place was full. It was all right.
Hard to rate: the kitchen deserves a four, the service a two.
""",
    "positive": """
Delicious food and a lovely waiter. We'll come again next summer.
Very easy to use and well designed. I open it every morning and it has helped me a lot.
Our room was spotless and the bed so comfortable. The breakfast was great too.
Beautiful shoes, perfect fit, quick delivery. I'm very pleased.
Friendly staff who helped us with everything. A wonderful hotel for families.
I love the sound of this speaker. Great quality and a fair price.
The best pasta I've had in years, and the owner is such a nice man.
Works perfectly, looks great, and was easy to put together.
Support solved my problem within an hour. Fast, friendly and helpful.
I was sceptical about a folding bike, but it's brilliant and I use it every day.
A cosy café with amazing cakes. Everything we tried was fresh and tasty.
My parents are so happy with their new tablet. Clear screen, simple menus.
Three winters in and these boots still keep my feet dry. Couldn't ask for more.
The chef came out to explain each course. Magical night, every bite a delight.
Opened it, understood it, finished my taxes in one evening. Brilliant.
They kept a cake for us in the fridge and sang for my son. We felt so welcome.
The stairs are steep and there's no lift, but for that sunrise from the roof I'd climb them daily.
Tiny place, plastic chairs, and the best tacos I've ever eaten.
Took a while to arrive. Now that it's here I don't want to sit on anything else.
The developers listen! I asked for an offline mode and there it is.
Didn't expect much at this price and got a superb little speaker.
so good I told all of my friends
Fresh, generous, cheerful. Our new regular spot.
I'd heard bad things, none of them true. Sparkling bathroom, kind hosts, peace and quiet.
Washed it ten times and it looks like new.
One call and a replacement was on its way. Top marks.
Smells wonderful and my skin has never been softer.
The towels were fluffy, the balcony sunny and the staff remembered our names.
Arrived a day early and with a handwritten note. Made me smile.
Ten out of ten, would recommend to anyone.
Terrible for my savings: I've already ordered it in three more colours.
The lobby looks dated, don't let that fool you. Superb beds and a breakfast to remember.
This translator saved my holiday. Every waiter understood me.
Silent, elegant, and it brews while I'm still in the shower. Mornings are fun again.
""",
}

DEV_VERDICTS = {
    "negative": """
Very disappointed.|Not recommended.|Save your money.|I want a refund.|Never buying this brand again.
We won't be back.|One star.|What a rip-off.|Terrible experience from start to finish.|Just awful.
I'm really annoyed.|Such a let-down.|Poor quality, poor service.|A complete disappointment.
Stay away!|Total rubbish.|I expected better.|Don't bother.|It was a mistake.|Absolutely dreadful.
Sadly I can't recommend it.|Not happy at all.|Way too expensive for what it is.|Useless.
Look elsewhere.|Zero stars if that were possible.|Still waiting for an answer.|It's simply bad.
I feel ripped off.|The worst I've tried so far.
""",
    "neutral": """
It's okay.|Nothing special.|An average experience overall.|Three stars.|Fine, I guess.|Not sure yet.
Neither good nor bad.|It is what it is.|Good and bad sides.|Middling.|Decent, no more than that.
So it's a mixed bag.|Could be better, could be worse.|Acceptable for the price.|I'm in two minds.
Maybe I'll try it again, maybe not.|Pretty average really.|All in all it's alright.|Fair enough.
Does its job.|I have no strong opinion.|As expected.|Medium.|Your mileage may vary.|Meh.
Some good points, some bad points.|Not great, not awful.|Reasonable.|Just normal.|Okay, not more.
""",
    "positive": """
Highly recommended!|Love it.|Five stars.|Would buy again.|We had a great time.|Absolutely perfect.
Very happy with it.|Thank you so much!|I'm delighted.|Great quality for the money.|Excellent.
We'll definitely come back.|A real pleasure.|Couldn't be happier.|Just brilliant.|Really lovely.
Everyone should have one.|Fantastic.|My new favourite.|Great job, keep it up!|So glad I found it.
Worth the price.|Such a nice surprise.|It made our week.|The best I've tried so far.|Superb.
Wonderful experience from start to finish.|I recommend it to all my friends.|Truly great.|Awesome!
""",
}

HELDOUT_VERDICTS = {
    "negative": """
I would not recommend it.|Big disappointment.|Money down the drain.|We are not coming back.
Avoid at all costs.|Terrible.|I've asked for a refund.|Waste of time.|Really bad.|A sad experience.
Horrible service.|I'm so disappointed with this.|Buy something else.|Never again, thank you.
Poor value.|Awful from beginning to end.|It's rubbish, frankly.|One star is too many.|Unhappy.
""",
    "neutral": """
Average, I'd say.|It's fine.|Not bad, not good.|Nothing special about it.|Mixed impression.
Okay for what it costs.|Three out of five from me.|I'm undecided.|Alright overall.|So-so.|Decent.
Neither a hit nor a miss.|Could go either way.|Ordinary.|An okay experience.|Hm, not sure.
It does what it should.|Some pluses and some minuses.|Passable.
""",
    "positive": """
I'd recommend it to everyone.|Absolutely love it!|Great experience.|We will be back.
Nothing but praise.|What a find.|So happy with this.|Worth every penny.|Excellent quality.
Thanks to the whole team!|I'm a fan.|Really great value.|Simply wonderful.|Best decision ever.
Lovely.|A big thank you!|Would happily buy it again.|Beats all the others I tried.|Very impressed.
""",
}


def verdicts(split: Split, label: str) -> list[str]:
    """The short verdicts of a label."""
    block = (DEV_VERDICTS if split == "dev" else HELDOUT_VERDICTS)[label]
    return block.strip().replace("\n", "|").split("|")


def reviews(rng: Random, split: Split, label: str) -> list[str]:
    """The reviews of a label: three in five get a verdict, verdicts left over stand alone."""
    texts = (DEV if split == "dev" else HELDOUT)[label].strip().splitlines()
    spare = verdicts(split, label)
    rng.shuffle(texts)
    rng.shuffle(spare)
    for n, text in enumerate(texts):
        if len(spare) > STAND_ALONE and rng.random() < 0.6:
            end = "" if text[-1] in ".!?" else "."
            texts[n] = f"{text}{end} {spare.pop()}"
    return texts + spare


def typed(rng: Random, text: str) -> str:
    """The text with the marks of somebody in a hurry, now and then."""
    return apply(
        rng, text, (0.12, lower_case), (0.12, no_apostrophes), (0.08, no_full_stops), (0.25, typos)
    )


def rows(split: Split) -> list[dict[str, Any]]:
    """The rows of a split."""
    rng = Random(f"{TASK}/{split}")
    pairs = [(label, text) for label in DEV for text in reviews(rng, split, label)]
    rng.shuffle(pairs)
    return [
        {"id": f"sentiment-{split[0]}-{n:03d}", "input": typed(rng, text), "expected": label}
        for n, (label, text) in enumerate(pairs, 1)
    ]
