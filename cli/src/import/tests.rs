//! Whole files, named after the hazard they carry, from bytes to records.

use encoding_rs::GB18030;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use serde_json::{Value, json};

use super::*;

/// What came of a file.
struct Imported {
    kind: Kind,
    mapping: String,
    records: Vec<Value>,
    notes: String,
    refused: Vec<String>,
    lacks: Vec<String>,
}

fn import(name: &str, bytes: &[u8], arguments: &[&str]) -> Imported {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().join(name);
    std::fs::write(&file, bytes).expect("a file");
    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        arguments: Arguments,
    }
    let line = ["import", file.to_str().expect("a path")].into_iter().chain(arguments.iter().copied());
    let Command { arguments } = clap::Parser::try_parse_from(line).expect("arguments");
    let table = open::open(&file, arguments.sheet.as_deref()).expect("a table");
    let plan = propose(&arguments, beside(&file), &table).expect("a mapping");
    let mut records = Vec::new();
    let each = |record: crate::replay::RawRecord| {
        records.push(serde_json::from_slice(&record.value)?);
        Ok(())
    };
    let passed = pass(&table, plan.kind, &plan.mapping, each).expect("a pass");
    let lacks = plan.mapping.lacks(plan.kind).iter().map(|fields| fields.join("|")).collect();
    let notes = [plan.notes, table.notes].concat().join("\n");
    Imported { kind: plan.kind, mapping: plan.made.unwrap_or_default(), records, notes, refused: passed.named, lacks }
}

fn xlsx(rows: &[&[&str]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write(row as u32, column as u16, *cell).expect("a cell");
        }
    }
    book.save_to_buffer().expect("a book")
}

const TMALL: &str = "订单号,用户ID,买家昵称,商品名称,评分,评价内容,评价时间,商家回复,颜色分类\n\
    =\"1234567890123456789\",10086,小***明,云感枕,5,\"物流很快，\n包装也好\",2025/11/2 9:30,感谢亲,白\n\
    =\"1234567890123456790\",10087,阿宽,云感枕,2,有一点味道,2025/11/3 10:05,,灰\n\
    =\"1234567890123456791\",,匿名用户,记忆棉床垫,6,太软了,2025/11/3 11:00,,灰\n";

#[test]
fn a_chinese_export_of_reviews_is_read_in_every_encoding() {
    let records = import("评价导出2025-11.csv", TMALL.as_bytes(), &[]).records;
    assert_eq!(
        records[0],
        json!({
            "source": "评价导出", "source_id": records[0]["source_id"], "occurred_at": "2025-11-02T09:30:00+08:00", "time_precision": "minute",
            "order_id": "1234567890123456789", "customer_id": "10086", "customer_name": "小***明", "product_id": "云感枕",
            "text": "物流很快，\n包装也好", "rating": { "value": 5, "scale_max": 10 },
        })
    );
    assert!(records[0]["source_id"].as_str().is_some_and(|id| id.starts_with("row-")), "{records:?}");
    assert_eq!(records.len(), 3);
    for bytes in [
        [b"\xef\xbb\xbf", TMALL.as_bytes()].concat(),
        GB18030.encode(TMALL).0.into_owned(),
        format!("\u{feff}{}", TMALL.replace(',', "\t")).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        TMALL.replace(',', ";").into_bytes(),
    ] {
        assert_eq!(import("评价导出2025-11.csv", &bytes, &[]).records, records);
    }
}

#[test]
fn what_is_not_known_is_told() {
    let Imported { kind, mapping, notes, lacks, .. } = import("评价导出2025-11.csv", TMALL.as_bytes(), &[]);
    assert_eq!((kind, lacks.as_slice()), (Kind::Reviews, [].as_slice()));
    for words in [
        "Asia/Shanghai is assumed",
        "a rating of 10",
        "its id is made of all that it says",
        "called \"评价导出\" after the file",
    ] {
        assert!(notes.contains(words), "{words}: {notes}");
    }
    assert!(mapping.contains("# \"颜色分类\" = \"颜色分类\"") && mapping.contains("# \"商家回复\" ="), "{mapping}");
}

#[test]
fn an_english_spreadsheet_of_reviews_is_read() {
    let rows: &[&[&str]] = &[
        &["Reviews of autumn"],
        &[
            "Review ID",
            "Date",
            "Stars",
            "Title",
            "Comment",
            "User ID",
            "Product ID",
            "Product Name",
            "Store",
            "Score of parcel",
        ],
        &["r-1", "13/11/2025", "5 stars", "Warm", "Warm and light.", "u1", "p1", "Pillow", "Berlin", "4"],
        &["r-2", "02/11/2025", "1 star", "", "Too small.", "u2", "p1", "Pillow", "Bonn", "5"],
    ];
    let found = import("reviews.xlsx", &xlsx(rows), &["--source", "shop-de", "--zone", "Europe/Berlin"]);
    assert_eq!(
        found.records[1],
        json!({
            "source": "shop-de", "source_id": "r-2", "occurred_at": "2025-11-02T00:00:00+01:00", "time_precision": "day",
            "rating": { "value": 1, "scale_max": 5 }, "text": "Too small.", "customer_id": "u2", "product_id": "p1",
            "attributes": { "product": "Pillow" }, "store_id": "Bonn",
        })
    );
    assert!(found.notes.contains("the header is row 2") && !found.notes.contains("is assumed"), "{}", found.notes);
}

#[test]
fn a_survey_with_scores_and_words_becomes_answers() {
    let sheet = "答题序号,提交答卷时间,您有多大可能向朋友推荐我们？（0-10分）,您对配送的满意度,您对客服的满意度,请说明您打分的原因\n\
        1,2025-11-02 09:30:00,9,非常满意,5,服务好\n2,2025-11-02 09:31:00,0,不满意,2,\n3,2025-11-02 09:32:00,11,一般,3,x\n4,2025-11-02 09:33:00,10,满意,4,好\n5,2025-11-02 09:34:00,10,满意,4,快\n6,2025-11-02 09:35:00,8,满意,4,行\n";
    let found = import("nps.csv", sheet.as_bytes(), &["--source", "poll"]);
    assert_eq!(found.kind, Kind::Surveys, "{}", found.mapping);
    assert!(found.refused.len() == 1 && found.refused[0].starts_with("row 4: answers[0].value"), "{:?}", found.refused);
    let answers = json!([
        { "question_id": "nps", "kind": "nps", "value": 0, "scale_max": 10 },
        { "question_id": "csat", "kind": "csat", "value": 2, "scale_max": 5 },
        { "question_id": "您对客服的满意度", "kind": "csat", "value": 2, "scale_max": 5 },
    ]);
    assert_eq!((&found.records[1]["answers"], &found.records[1]["survey_kind"]), (&answers, &json!("relationship")));
    assert_eq!(found.records[0]["answers"][3], json!({ "question_id": "text", "kind": "text", "text": "服务好" }));
    assert_eq!((found.records.len(), &found.records[0]["survey_id"]), (5, &json!("poll")));
    assert!(found.notes.contains("taken for a relationship one"), "{}", found.notes);
}

/// A name, a table, and what its first record is known by.
type Known = (&'static str, &'static str, Kind, &'static str, Value);

fn known((name, table, kind, field, value): Known) {
    let found = import("file.csv", table.as_bytes(), &[]);
    assert_eq!((found.kind, found.refused.as_slice()), (kind, [].as_slice()), "{name}: {}", found.mapping);
    let record = found.records.first().unwrap_or_else(|| panic!("{name}: {}", found.mapping));
    assert_eq!(record[field], value, "{name}: {record}");
}

#[test]
fn every_kind_is_known_by_its_columns() {
    let tables: [Known; 6] = [
        (
            "scored words",
            "Score,Remarks,Date\n9,Fine by me.,2025-11-02\n",
            Kind::Reviews,
            "rating",
            json!({ "value": 9, "scale_max": 10 }),
        ),
        (
            "a recommendation",
            "How likely are you to recommend us?,Why,When\n9,Fine by me.,2025-11-02\n3,Nothing works.,2025-11-03\n",
            Kind::Surveys,
            "survey_kind",
            json!("relationship"),
        ),
        (
            "posts",
            "博主,微博正文,发布时间,转发数\n@ann,好用,2025-11-02 09:30,3\n",
            Kind::Social,
            "author_handle",
            json!("@ann"),
        ),
        (
            "orders",
            "订单编号,订单状态,下单时间,实付金额,商品ID,数量\n7,paid,2025-11-02 09:30,12.5,p1,2\n",
            Kind::Orders,
            "items",
            json!([{ "product_id": "p1", "quantity": 2 }]),
        ),
        (
            "customers",
            "客户ID,姓名,手机号,会员等级,更新时间\nc1,Ann,13800000000,gold,2025-11-02\n",
            Kind::Customers,
            "segment",
            json!("gold"),
        ),
        ("visits", "visit_id,event,timestamp,page\nv1,view,1762075800,/home\n", Kind::Visits, "page", json!("/home")),
    ];
    tables.into_iter().for_each(known);
}

#[test]
fn turns_words_days_and_raw_records_are_known() {
    let tables: [Known; 5] = [
        (
            "chats",
            "会话ID,发送方,内容,时间\ns1,user,包裹在哪里？,2025-11-02 09:30\ns1,客服,在路上,2025-11-02 09:31\n",
            Kind::Chats,
            "source_id",
            json!("s1"),
        ),
        (
            "no words in headers",
            "q1,q2,q3\n4,Warm and light.,2025-11-02\n5,Too small for me.,2025-11-03\n",
            Kind::Reviews,
            "text",
            json!("Warm and light."),
        ),
        (
            "a word of three",
            "评价内容,评价等级,评价时间\n很好用,好评,2025-11-02\n不好用,差评,2025-11-03\n",
            Kind::Reviews,
            "rating",
            json!({ "value": 3, "scale_max": 3 }),
        ),
        (
            "days as numbers",
            "评价内容,评分,评价时间\n很好用,5,45963.3958333333\n",
            Kind::Reviews,
            "occurred_at",
            json!("2025-11-02T09:30:00+08:00"),
        ),
        (
            "raw records",
            "{\"source\": \"s\", \"source_id\": 12345678901234567, \"occurred_at\": \"2025-11-02T09:30:00Z\", \"text\": \"Warm.\", \"rating\": {\"value\": 4, \"scale_max\": 5}}\n",
            Kind::Reviews,
            "source_id",
            json!("12345678901234567"),
        ),
    ];
    tables.into_iter().for_each(known);
}

#[test]
fn bad_rows_are_named_and_the_others_go_on() {
    let rows = "id,评价内容,评分,评价时间,订单号\n\
        a,好,5,2025-11-02,1\nb,坏,差,2025-11-02,1\nc,好,4,昨天,1\nd,好,4,2025-11-02,1.23E+18\na,不同,4,2025-11-02,1\ne,好,4,2025-11-02,1,多\nf,好,3,2025-11-02,1\ng,好,3,2025-11-02,1\nh,好,3,2025-11-02,1\ni,好,3,2025-11-02,1\n";
    let found = import("bad.csv", rows.as_bytes(), &[]);
    let ids: Vec<&str> = found.records.iter().filter_map(|record| record["source_id"].as_str()).collect();
    assert_eq!(ids, ["a", "f", "g", "h", "i"], "{:?}", found.refused);
    for (refused, words) in found.refused.iter().zip([
        ["row 3: ", "rating.value"],
        ["row 4: ", "occurred_at"],
        ["row 5: column \"订单号\": 1.23E+18 ", "Format the column as text"],
        ["row 6: ", "stands in line 2"],
        ["row 7: ", "6 cells where the header has 5"],
    ]) {
        assert!(refused.starts_with(words[0]) && refused.contains(words[1]), "{words:?}: {refused}");
    }
}

#[test]
fn what_no_column_holds_is_missing() {
    for (table, lacks) in [
        ("评价内容,评分\n很好用,5\n", &["occurred_at"][..]),
        ("评价时间,颜色\n2025-11-02,红\n", &["text|title|rating"]),
        ("订单号,实付金额\n1,5\n", &["status", "occurred_at|updated_at"]),
    ] {
        assert_eq!(import("lacks.csv", table.as_bytes(), &[]).lacks, lacks, "{table}");
    }
}

#[test]
fn numbers_that_a_spreadsheet_cut_are_refused() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, header) in ["订单号", "评价内容", "评价时间"].into_iter().enumerate() {
        sheet.write(0, column as u16, header).expect("a cell");
    }
    for (row, number) in [(1, 123_456_789_012_345.0), (2, 1_234_567_890_123_456_789.0), (3, 9_007_199_254_740_993.0)] {
        sheet
            .write(row, 0, number)
            .expect("a cell")
            .write(row, 1, "很好用")
            .expect("a cell")
            .write(row, 2, "2025-11-02")
            .expect("a cell");
    }
    let found = import("cut.xlsx", &book.save_to_buffer().expect("a book"), &[]);
    assert_eq!(found.records[0]["order_id"], "123456789012345");
    assert_eq!(found.refused.len(), 2, "{:?}", found.refused);
    assert!(
        found.refused[0].starts_with("row 3: column \"订单号\": 1.23456789012346E+18 is what"),
        "{:?}",
        found.refused
    );
    // A program that shows all digits, the last of which are gone.
    let zeros = "订单号,评价内容,评价时间\n1234567890123450000,好,2025-11-02\n1234567890123460000,好,2025-11-02\n12,好,2025-11-02\n";
    let found = import("zeros.csv", zeros.as_bytes(), &[]);
    assert_eq!((found.records.len(), found.refused.len()), (1, 2), "{:?}", found.refused);
    assert!(found.refused[1].contains("ends in zeros"), "{:?}", found.refused);
}

#[test]
fn a_day_and_a_month_that_may_be_each_other_are_told() {
    let found = import("dates.csv", b"comment,date\nWarm and light.,03/04/2025\n", &[]);
    assert!(found.notes.contains("03/04 is in March or in April"), "{}", found.notes);
    assert!(found.records.is_empty() && found.mapping.contains("# formats = ["), "{}", found.mapping);
}

#[test]
fn a_mapping_file_survives_what_headers_may_hold() {
    let table = "评价\"内容\\,\"评价 \u{7f}时间\",\"a\nb\"\n很好用,2025-11-02,x\n";
    let found = import("odd.csv", table.as_bytes(), &[]);
    assert_eq!((found.records.len(), &found.records[0]["text"]), (1, &json!("很好用")), "{}", found.mapping);
}

#[test]
fn files_that_are_no_tables_say_so() {
    for (bytes, words) in [
        (&b"<html><table>"[..], "it is a web page under another name"),
        (b"[{\"a\": 1}]", "it is one JSON list"),
        (b"", "no row below the header"),
        (b"a,b\n", "no row below the header"),
        (b"\xd0\xcf\x11\xe0 torn", "protected by a password"),
    ] {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("written");
        let error = format!("{:#}", open::open(file.path(), None).expect_err(words));
        assert!(error.contains(words) && error.contains(&*file.path().to_string_lossy()), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_id_survives_as_it_is(ids in prop::collection::btree_set("[1-9][0-9]{0,17}[1-9]|[1-9]", 2..20)) {
        let rows: Vec<[&str; 3]> = ids.iter().map(|id| [id.as_str(), "很好用的东西", "2025-11-02"]).collect();
        let mut sheet: Vec<&[&str]> = vec![&["订单号", "评价内容", "评价时间"]];
        sheet.extend(rows.iter().map(<[_; 3]>::as_slice));
        let csv: String = sheet.iter().map(|cells| format!("{}\n", cells.join(","))).collect();
        for (name, bytes) in [("ids.csv", csv.into_bytes()), ("ids.xlsx", xlsx(&sheet))] {
            let found = import(name, &bytes, &[]);
            let kept: Vec<&str> = found.records.iter().filter_map(|record| record["order_id"].as_str()).collect();
            prop_assert_eq!(kept, ids.iter().map(String::as_str).collect::<Vec<_>>(), "{}", name);
        }
    }
}
