use proptest::prelude::*;

use super::*;

fn error(text: &str) -> String {
    parse(text).unwrap_err().to_string()
}

#[test]
fn tells_an_expression_from_text_that_only_looks_like_one() {
    assert!(is_expression("[resourceGroup().location]"));
    assert!(!is_expression("[[not one]"));
    assert!(!is_expression("[a] and b"));
    assert!(!is_expression("["));
    assert_eq!(unescape("[[x]"), "[x]");
    assert_eq!(unescape("[[x"), "[[x");
    assert_eq!(unescape("plain"), "plain");
}

#[test]
fn reads_calls_properties_and_indexes() {
    let expected = Expression::Index {
        of: Box::new(Expression::Property {
            of: Box::new(Expression::call(
                "reference",
                vec![Expression::Text("it's".into())],
            )),
            name: "keys".into(),
        }),
        index: Box::new(Expression::Integer(-1)),
    };
    assert_eq!(parse("[ reference ( 'it''s' ) . keys [ -1 ] ]"), Ok(expected));
}

#[test]
fn reads_a_function_of_the_templates_own_and_a_lambda_as_calls() {
    let own = parse("[contoso.unique('a')]").unwrap();
    assert_eq!(
        own,
        Expression::call("contoso.unique", vec![Expression::Text("a".into())])
    );
    let lambda = parse("[map(parameters('l'), lambda('x', lambdaVariables('x').name))]").unwrap();
    assert_eq!(lambda.arguments_of("MAP").unwrap().len(), 2);
}

#[test]
fn says_where_reading_stopped() {
    insta::assert_snapshot!(error("[concat('a' 'b')]"), @"expected `,` or `)`, found `'` at column 13");
    insta::assert_snapshot!(error("[parameters('a]"), @"text without a closing quote at column 13");
    insta::assert_snapshot!(error("[name]"), @"expected `(` after the name of a function, found the end at column 6");
    insta::assert_snapshot!(error("[]"), @"expected a value, found the end at column 2");
    insta::assert_snapshot!(error("[1.5]"), @"expected the name of a property, found `5` at column 4");
    insta::assert_snapshot!(error("[f() g()]"), @"expected the end of the expression, found `g` at column 6");
    insta::assert_snapshot!(error("[9223372036854775808]"), @"integer outside 64 bits at column 2");
    insta::assert_snapshot!(error("plain"), @"not an expression: it must open with one `[` and close with `]` at column 1");
}

#[test]
fn refuses_what_would_exhaust_the_stack_or_the_service() {
    let deep = format!("[{}1{}]", "f(".repeat(200), ")".repeat(200));
    assert_eq!(parse(&deep).unwrap_err().problem, Problem::TooDeep);
    let chain = format!("[f(){}]", ".a".repeat(5_000));
    assert_eq!(parse(&chain).unwrap_err().problem, Problem::TooDeep);
    let long = format!("['{}']", "x".repeat(LONGEST));
    assert_eq!(
        parse(&long).unwrap_err().problem,
        Problem::TooLong { length: LONGEST + 4 }
    );
}

fn expressions() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Expression::Text),
        any::<i64>().prop_map(Expression::Integer),
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            (
                "[a-zA-Z_][a-zA-Z0-9_]{0,8}(\\.[a-z]{1,4})?",
                prop::collection::vec(inner.clone(), 0..4)
            )
                .prop_map(|(name, arguments)| Expression::Call { name, arguments }),
            (inner.clone(), "[a-zA-Z_][a-zA-Z0-9_]{0,8}").prop_map(|(of, name)| Expression::Property {
                of: Box::new(of),
                name
            }),
            (inner.clone(), inner).prop_map(|(of, index)| Expression::Index {
                of: Box::new(of),
                index: Box::new(index)
            }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(expression in expressions()) {
        prop_assert_eq!(parse(&expression.to_string()), Ok(expression));
    }

    #[test]
    fn arbitrary_text_is_read_or_refused_but_never_panics(text in any::<String>()) {
        let _ = parse(&text);
        let _ = parse(&format!("[{text}]"));
    }

    #[test]
    fn text_of_the_right_characters_never_panics(text in "[a-c0-9.,'()\\[\\] -]{0,60}") {
        let _ = parse(&format!("[{text}]"));
    }
}
