//! What the lexica of the younger languages make of plain sentences: praise, blame, either negated, contrast, and nothing said.

use hearken_enrich::language::Language;
use hearken_enrich::sentiment::{SentimentJudge, Words};
use hearken_schemas::enrichment::SentimentLabel::{self, Negative, Neutral, Positive};

fn check(tag: &str, cases: &[(&str, SentimentLabel)]) {
    let judge = SentimentJudge::embedded().expect("the embedded lexica are valid");
    let language = Language::from_tag(tag);
    assert!(language.is_some(), "{tag}");
    for (text, expected) in cases {
        let found = judge.judge(Words { lower: &text.to_lowercase(), original: text, language }, None);
        assert_eq!(found.label, *expected, "{tag}: {text}: {found:?}");
    }
}

#[test]
fn portuguese() {
    check(
        "pt",
        &[
            ("Produto excelente, chegou antes do prazo", Positive),
            ("Adorei, recomendo a todos!", Positive),
            ("O pessoal é muito simpático e o quarto estava limpo", Positive),
            ("Fixe, vale a pena", Positive),
            ("Péssimo atendimento, nunca mais", Negative),
            ("O aplicativo não funciona", Negative),
            ("Veio quebrado e ninguém responde", Negative),
            ("Isto é uma vergonha, fui enganada", Negative),
            ("Não gostei do sabor", Negative),
            ("nao é bom", Negative),
            ("Não tive nenhum problema", Positive),
            ("O motor nunca me deixou na mão e não tem nenhum defeito", Positive),
            ("Nada mal para o preço", Positive),
            ("É bonito, mas quebrou no segundo dia e o suporte é horrível", Negative),
            ("Um pouco caro, mas vale muito a pena, é perfeito", Positive),
            ("Encomendei na terça-feira", Neutral),
        ],
    );
}

#[test]
fn italian() {
    check(
        "it",
        &[
            ("Ottimo prodotto, spedizione velocissima", Positive),
            ("Personale gentile e camera pulita", Positive),
            ("Lo consiglio a tutti, sono soddisfatta", Positive),
            ("Niente male davvero", Positive),
            ("Servizio pessimo, mai più", Negative),
            ("Non funziona e nessuno risponde", Negative),
            ("Mi sento truffato, che vergogna", Negative),
            ("Non mi piace per niente", Negative),
            ("La pizza non era buona", Negative),
            ("Nessun problema con la consegna", Positive),
            ("Non è brutto", Positive),
            ("Non mi ha mai deluso", Positive),
            ("Bello, ma si è rotto subito ed è arrivato in ritardo", Negative),
            ("Costoso però la qualità è eccellente", Positive),
            ("Ho ordinato due scatole martedì", Neutral),
        ],
    );
}

#[test]
fn arabic_in_its_spellings_and_dialects() {
    check(
        "ar",
        &[
            ("المنتج ممتاز والتوصيل سريع", Positive),
            ("خدمة رائعة وشكراً لكم", Positive),
            ("الأكل لذيذ جداً والمكان نظيف", Positive),
            ("التطبيق حلو اوي", Positive),
            ("احسن مطعم في المدينة", Positive),
            ("أحسن مطعم في المدينه", Positive),
            ("الخدمة سيئة جدا ولا أنصح به", Negative),
            ("اسوء تجربه في حياتي", Negative),
            ("أسوأ تجربة في حياتي", Negative),
            ("نصابين وحرامية", Negative),
            ("التطبيق مش شغال", Negative),
            ("المنتج ليس جيدا", Negative),
            ("مو حلو ابد", Negative),
            ("غير مريح", Negative),
            ("مفيش مشكلة خالص", Positive),
            ("الشكل جميل لكن الجهاز تعطل والدعم فاشل", Negative),
            ("السعر غالي شوي بس الجودة رائعة", Positive),
            ("وصلت الرسالة يوم الثلاثاء", Neutral),
        ],
    );
}

#[test]
fn indonesian_as_it_is_written_and_chatted() {
    check(
        "id",
        &[
            ("Barangnya bagus dan pengiriman cepat", Positive),
            ("Makanannya enak bgt, pelayannya ramah", Positive),
            ("Terima kasih, sangat puas", Positive),
            ("mantul, recommended", Positive),
            ("Pelayanannya buruk, saya kecewa", Negative),
            ("Aplikasinya error terus, nyebelin", Negative),
            ("penipu, jangan beli di sini", Negative),
            ("gak bagus", Negative),
            ("Tidak enak dan kotor", Negative),
            ("kurang memuaskan", Negative),
            ("ga ada masalah sama sekali", Positive),
            ("tidak mengecewakan", Positive),
            ("Tempatnya nyaman tapi makanannya hambar dan pelayannya jutek", Negative),
            ("Agak mahal, tapi kualitasnya luar biasa", Positive),
            ("Saya pesan dua hari Selasa", Neutral),
        ],
    );
}

#[test]
fn thai_without_spaces() {
    check(
        "th",
        &[
            ("อร่อยมาก บริการดี", Positive),
            ("ส่งไวมากค่ะ ประทับใจสุดๆ", Positive),
            ("ห้องสะอาดและพนักงานสุภาพ", Positive),
            ("ขอบคุณร้านนะคะ ชอบมาก", Positive),
            ("บริการแย่มาก ผิดหวัง", Negative),
            ("แอปพัง เข้าไม่ได้", Negative),
            ("ของปลอม โดนหลอก", Negative),
            ("อาหารไม่อร่อยเลย", Negative),
            ("ไม่ค่อยประทับใจ", Negative),
            ("คุณภาพไม่ดี", Negative),
            ("ไม่ผิดหวังเลย", Positive),
            ("ไม่มีปัญหาอะไร", Positive),
            ("สวยแต่พังง่าย บริการห่วยแตก", Negative),
            ("แพงไปนิด แต่อร่อยมาก คุ้มค่า", Positive),
            ("สั่งไปสองชิ้นวันอังคาร", Neutral),
            ("เดี๋ยวไปฟังเสียงตอนเช้า", Neutral),
        ],
    );
}

#[test]
fn russian() {
    check(
        "ru",
        &[
            ("Отличный товар, доставили быстро", Positive),
            ("Очень вкусно, персонал вежливый", Positive),
            ("Всем советую, осталась довольна", Positive),
            ("Всё понравилось, спасибо", Positive),
            ("Все супер, чётко и вовремя", Positive),
            ("Ужасное обслуживание, больше никогда", Negative),
            ("Приложение не работает и вылетает", Negative),
            ("Мошенники, не покупайте", Negative),
            ("Мне не понравилось", Negative),
            ("Качество не очень хорошее", Negative),
            ("Никаких проблем не было", Positive),
            ("Совсем не плохой телефон", Positive),
            ("Никогда не ломался", Positive),
            ("Никто ничего не решает", Negative),
            ("Красивый, но сломался через неделю, а поддержка хамит", Negative),
            ("Дороговато, зато качество превосходное", Positive),
            ("Заказала два во вторник", Neutral),
        ],
    );
}

#[test]
fn dutch() {
    check(
        "nl",
        &[
            ("Uitstekend product en snelle levering", Positive),
            ("Vriendelijk personeel, kamer was schoon", Positive),
            ("Een echte aanrader, ik ben heel tevreden", Positive),
            ("Bedankt voor de goede service", Positive),
            ("Vreselijke service, nooit meer", Negative),
            ("De app werkt niet", Negative),
            ("Kapot aangekomen en niemand reageert", Negative),
            ("Het eten was niet lekker", Negative),
            ("Dit bevalt me niet", Negative),
            ("Niet slecht", Positive),
            ("Geen enkel probleem gehad", Positive),
            ("Mooi toestel, maar na een week stuk en de helpdesk is waardeloos", Negative),
            ("Prijzig, maar de kwaliteit is geweldig", Positive),
            ("Ik heb er dinsdag twee besteld", Neutral),
        ],
    );
}

#[test]
fn turkish_whose_endings_negate() {
    check(
        "tr",
        &[
            ("Ürün harika, kargo çok hızlı", Positive),
            ("Personel güler yüzlü, oda tertemiz", Positive),
            ("Çok beğendim, tavsiye ederim", Positive),
            ("teşekkürler, sorun yok", Positive),
            ("Rezalet bir hizmet, bir daha asla", Negative),
            ("Uygulama çalışmıyor", Negative),
            ("Kırık geldi, muhatap yok", Negative),
            ("Hiç beğenmedim", Negative),
            ("Yemekler güzel değildi", Negative),
            ("iyi bir ürün değil", Negative),
            ("Hiç fena değil", Positive),
            ("Pişman değilim", Positive),
            ("Şık ama bir haftada bozuldu, servis ilgisiz", Negative),
            ("Biraz pahalı ama kalitesi mükemmel", Positive),
            ("Salı günü iki tane sipariş verdim", Neutral),
        ],
    );
}

#[test]
fn vietnamese() {
    check(
        "vi",
        &[
            ("Hàng đẹp, giao nhanh", Positive),
            ("Nhân viên nhiệt tình, phòng sạch sẽ", Positive),
            ("Rất hài lòng, cảm ơn shop", Positive),
            ("Món ăn ngon, sẽ quay lại", Positive),
            ("Dịch vụ quá tệ, thất vọng", Negative),
            ("Ứng dụng bị lỗi, không vào được", Negative),
            ("Lừa đảo, đừng mua", Negative),
            ("Đồ ăn ko ngon", Negative),
            ("Mình không thích màu này", Negative),
            ("chưa được chuyên nghiệp", Negative),
            ("Không tệ", Positive),
            ("Không có vấn đề gì", Positive),
            ("Đẹp nhưng mới dùng một tuần đã hỏng, bảo hành kém", Negative),
            ("Hơi đắt nhưng chất lượng tuyệt vời", Positive),
            ("Thứ ba tôi đặt hai cái", Neutral),
        ],
    );
}

#[test]
fn polish() {
    check(
        "pl",
        &[
            ("Świetny produkt, szybka dostawa", Positive),
            ("Miła obsługa i czysty pokój", Positive),
            ("Gorąco polecam, jestem zadowolona", Positive),
            ("dziekuje, wszystko dobrze", Positive),
            ("Fatalna obsługa, nigdy więcej", Negative),
            ("Aplikacja nie działa", Negative),
            ("Oszuści, nie kupujcie", Negative),
            ("Jedzenie nie było smaczne", Negative),
            ("Nie podoba mi się", Negative),
            ("Nie jest źle", Positive),
            ("Żadnych problemów", Positive),
            ("Nigdy nie miałem reklamacji", Positive),
            ("Ładny, ale po tygodniu się zepsuł, a serwis ignoruje klientów", Negative),
            ("Trochę drogo, ale jakość rewelacyjna", Positive),
            ("We wtorek kupiłem dwie sztuki", Neutral),
        ],
    );
}

#[test]
fn hindi() {
    check(
        "hi",
        &[
            ("बहुत बढ़िया उत्पाद, समय पर मिला", Positive),
            ("खाना स्वादिष्ट था और कमरा साफ था", Positive),
            ("मुझे यह फोन पसंद है, धन्यवाद", Positive),
            ("शानदार सेवा", Positive),
            ("बहुत खराब सर्विस, पैसे की बर्बादी", Negative),
            ("ऐप काम नहीं कर रहा है", Negative),
            ("धोखेबाज कंपनी, मत खरीदें", Negative),
            ("खाना अच्छा नहीं था", Negative),
            ("मैं संतुष्ट नहीं हूँ", Negative),
            ("कोई समस्या नहीं हुई", Positive),
            ("यह बुरा नहीं है", Positive),
            ("दिखने में सुंदर है लेकिन एक हफ्ते में टूट गया, बेकार", Negative),
            ("थोड़ा महंगा है लेकिन क्वालिटी लाजवाब है", Positive),
            ("मैंने मंगलवार को दो मंगवाए", Neutral),
            ("जन्म का पन्ना", Neutral),
        ],
    );
}
