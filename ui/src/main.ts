import { mount } from "svelte";
import "./shared/base.css";
import { refuseDrops } from "$lib/drops";
import Main from "./views/Main.svelte";

refuseDrops();
mount(Main, { target: document.body });
