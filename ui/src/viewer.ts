import { mount } from "svelte";
import "./shared/base.css";
import { refuseDrops } from "$lib/drops";
import Viewer from "./views/Viewer.svelte";

refuseDrops();
mount(Viewer, { target: document.body });
