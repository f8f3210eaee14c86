//! Requests made up from the OpenAPI document, by schemathesis, against a running relay: never a 5xx.

use crate::house::{House, filed};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::process::Command;

/// How many requests are made up for each operation.
fn examples() -> String {
    std::env::var("BEISTAND_EXAMPLES").unwrap_or_else(|_| String::from("6"))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_that_the_document_allows_breaks_the_server() -> Result<()> {
    let here = std::env::current_exe()?;
    let tools = here.ancestors().map(|folder| folder.join("tools/schemathesis")).find(|folder| folder.is_dir());
    let tools = tools.context("there is no schemathesis in target/tools: `cargo xtask tools` brings it")?;
    let house = House::new().await?;
    let mut numbers = Vec::new();
    for text in ["Der Drucker druckt nicht", "Der Bildschirm bleibt dunkel"] {
        numbers.push(filed(&house.one.boss, text).await?);
    }
    let document = house.client.get("/api/openapi.json").await?.good();
    let file = house.relay.folder().join("openapi.json");
    for (lane, bearer) in [("linkedApp", house.one.boss.bearer()), ("technician", house.technician.bearer())] {
        std::fs::write(&file, serde_json::to_vec(&lane_of(&document, lane, &numbers))?)?;
        let (file, tools, url) = (file.clone(), tools.clone(), format!("https://{}", house.relay.domain()));
        let bearer = format!("Authorization: Bearer {}", bearer.context("a token")?);
        let output = tokio::task::spawn_blocking(move || {
            Command::new(tools.join("bin/schemathesis"))
                .env("PYTHONPATH", &tools)
                .current_dir(file.parent().unwrap_or(&tools))
                .arg("run")
                .arg(file)
                .args(["--url", &url, "--header", &bearer, "--tls-verify", "false", "--checks", CHECKS])
                .args(["--max-examples", &examples(), "--phases", "fuzzing", "--workers", "2", "--seed", "1"])
                .args(["--suppress-health-check", "all", "--no-color"])
                .output()
        });
        let output = output.await??;
        let said = String::from_utf8_lossy(&output.stdout);
        println!("{lane}: {said}");
        ensure!(output.status.success(), "{lane}: {said}{}", String::from_utf8_lossy(&output.stderr));
    }
    let log = house.relay.log()?;
    ensure!(!log.contains("panicked"), "{log}");
    Ok(())
}

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// The document with what this lane may ask, and for the first one what anybody may. What unlinks the app itself, and
/// forms with a PIN, of which each takes a second, are left to other tests.
fn lane_of(document: &Value, lane: &str, numbers: &[String]) -> Value {
    let mut document = document.clone();
    let paths = document["paths"].as_object_mut().expect("the document has paths");
    paths.remove("/api/v1/intake");
    for item in paths.values_mut() {
        let Some(operations) = item.as_object_mut() else { continue };
        operations.retain(|_, operation| {
            let lanes = operation["security"].to_string();
            operation["operationId"] != "unlinkApp" && (lanes.contains(lane) || lane == "linkedApp" && lanes == "null")
        });
    }
    paths.retain(|_, item| item.as_object().is_some_and(|operations| !operations.is_empty()));
    // Tickets and versions that are there, and forms that are right, or everything ends at a 404, 412 or 422.
    for operation in paths.values_mut().filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            if parameter["name"] == "number" {
                parameter["schema"] = json!({"type": "string", "enum": numbers});
            }
            if parameter["name"] == "if-match" {
                parameter["schema"] = json!({"type": "string", "enum": ["\"1\"", "\"2\"", "\"3\"", "\"4\""]});
            }
        }
    }
    let schemas = &mut document["components"]["schemas"];
    let right = crate::house::draft("Das ist eine ganz richtige Beschreibung", &[]);
    for field in ["contactPerson", "email", "phone", "description", "requestType"] {
        schemas["Draft"]["properties"][field] = json!({"type": "string", "enum": [right[field]]});
    }
    schemas["Draft"]["required"] = json!(["contactPerson", "email", "phone", "description", "requestType"]);
    let asked = schemas["Draft"]["properties"].as_object_mut().expect("a form has fields");
    asked.retain(|field, _| right.get(field).is_some() || field == "reference" || field == "priority");
    asked.remove("attachments");
    document
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_names_every_route_and_only_those() -> Result<()> {
    let house = House::new().await?;
    let document = house.client.get("/api/openapi.json").await?.good();
    let paths = document["paths"].as_object().context("paths")?;
    let mut operations = 0;
    for (path, item) in paths {
        for (method, operation) in item.as_object().context("operations")? {
            operations += 1;
            // What is described is there: a wrong credential is asked for, not a 404 or 405.
            let concrete = path.replace("{number}", "T-1000-0003").replace("{id}", &"0".repeat(32));
            let concrete = concrete.replace("{session}", &"0".repeat(32)).replace("{other}", "T-1000-0003");
            let concrete = concrete.replace("{receipt}", "000000000000");
            let answer = house.client.send(&method.to_uppercase(), &concrete, &[], b"").await?;
            let guarded = operation["security"].is_array() && operation["operationId"] != "upload";
            assert!(!guarded || answer.status == 401, "{method} {path}: {}", answer.status);
            assert!(answer.status != 404 && answer.status != 405, "{method} {path}: {}", answer.status);
            let described = operation["responses"].as_object().context("answers")?;
            assert!(
                described.contains_key(&answer.status.to_string()),
                "{method} {path}: {} is not described",
                answer.status
            );
        }
    }
    assert!(operations >= 47, "only {operations}");
    Ok(())
}
