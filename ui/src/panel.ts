import { mount } from "svelte";
import "./shared/base.css";
import { refuseDrops } from "$lib/drops";
import Panel from "./views/Panel.svelte";

refuseDrops();
mount(Panel, { target: document.body });
