//! The words right before a number that say what it is.

/// What a number is announced as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Context {
    /// An order, parcel, ticket or article number: not personal.
    Order,
    /// A phone number, so that local forms count too.
    Phone,
}

#[rustfmt::skip]
const ORDER: &[&str] = &[
    "订单", "订单号", "订单号码", "订单编号", "訂單", "訂單號", "訂單號碼", "訂單編號", "单号", "單號",
    "运单号", "快递单号", "物流单号", "编号", "編號", "流水号", "货号", "工单", "注文", "注文番号", "주문",
    "주문번호", "송장번호", "order", "order no", "order no.", "order nr", "order nr.", "order number",
    "order id", "orderid", "order_id", "ordernumber", "tracking", "tracking no", "tracking no.",
    "tracking number", "waybill", "invoice", "invoice no", "invoice no.", "ticket", "case no", "case no.",
    "ref", "ref.", "reference", "sku", "serial", "serial number", "imei", "bestellung", "bestellnummer",
    "bestell-nr", "bestell-nr.", "auftrag", "auftragsnummer", "pedido", "número de pedido",
    "numero de pedido", "commande", "numéro de commande", "ordine", "encomenda",
];

#[rustfmt::skip]
const PHONE: &[&str] = &[
    "电话", "电话号码", "電話", "電話番号", "手机", "手机号", "手机号码", "手機", "手機號碼", "联系方式",
    "座机", "热线", "携帯", "전화", "전화번호", "휴대폰", "연락처", "tel", "tel.", "phone", "phone no.",
    "phone number", "mobile", "cell", "call", "call me", "dial", "ring", "reach me at", "reach me on", "text me at", "whatsapp", "telefon", "telefonnummer", "handy", "telefono", "teléfono",
    "móvil", "movil", "téléphone", "telefone",
];

/// Long enough for every word above with what may stand between it and the number.
const LOOK_BACK_BYTES: usize = 48;

/// Returns what the text right before a number announces.
pub(super) fn context(before: &str) -> Option<Context> {
    let mut start = before.len().saturating_sub(LOOK_BACK_BYTES);
    while !before.is_char_boundary(start) {
        start += 1;
    }
    let is_link =
        |c: char| matches!(c, ' ' | ':' | '：' | '#' | '=' | '"' | '是' | '为' | '為' | 'は' | '(' | '（' | '+');
    let tail = before[start..].trim_end_matches(is_link);
    let said = |words: &[&str]| words.iter().any(|word| ends_with_word(tail, word));
    // "订单号码" ends like "号码" does, so orders are asked first.
    if said(ORDER) { Some(Context::Order) } else { said(PHONE).then_some(Context::Phone) }
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let Some(start) = text.len().checked_sub(word.len()) else { return false };
    let Some((before, end)) = text.split_at_checked(start) else { return false };
    // "iPhone 15" is no phone and "border" no order; Chinese has no such border.
    let glued = word.as_bytes()[0].is_ascii() && before.ends_with(|c: char| c.is_ascii_alphabetic());
    !glued && end.eq_ignore_ascii_case(word)
}
